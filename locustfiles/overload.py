"""Open-loop identification through a load shape; 200 and 429 `overloaded` are both good answers.

The rate holds however slowly the service answers, up to PACING_SECONDS. They are counted apart, as
`accepted` and `refused`; anything else fails. With FACEGRAPH_PASSWORD set, and image limits that
are out of the way:
locust -f locustfiles/overload.py --host http://127.0.0.1:8000 --headless --shape ramp --capacity 40
"""

from argparse import ArgumentParser
from random import random
from time import perf_counter

import gevent
from locust import FastHttpUser, events, task

from cli.pictures import jpeg, stranger_photo
from locustfiles import answers, record  # noqa: F401 - the record adds --record
from locustfiles.session import SESSION
from locustfiles.shapes import Staircase
from locustfiles.steps import PACING_SECONDS

PHOTO = jpeg(stranger_photo())


@events.init_command_line_parser.add_listener
def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--collection", default="default", help="where people are looked for")


class Shape(Staircase):
    """The one that --shape names."""


class Visitor(FastHttpUser):
    """Identifies once in each of its periods of PACING_SECONDS, at a random moment of it.

    So the rate is exact, and who asks when is as uneven as among people who know nothing of each
    other; a fixed moment would have the same few collide in every period.
    """

    def on_start(self) -> None:
        """Begin the first period."""
        collection = self.environment.parsed_options.collection
        self.path = f"/v1/collections/{collection}/identify"
        self.period = perf_counter()
        gevent.sleep(random() * PACING_SECONDS)  # noqa: S311 - no secret

    def wait_time(self) -> float:
        """Return the time until the moment in the next period; those that have passed are lost."""
        now = perf_counter()
        self.period = max(self.period + PACING_SECONDS, now - PACING_SECONDS)
        return max(0.0, self.period + random() * PACING_SECONDS - now)  # noqa: S311 - no secret

    @task
    def identify(self) -> None:
        """Send the photo as the raw body."""
        headers = SESSION.headers(self.client) | {"Content-Type": "image/jpeg"}
        with self.client.post(
            self.path,
            data=PHOTO,  # type: ignore[arg-type]  # It sends bytes too.
            headers=headers,
            name="identify",
            catch_response=True,
        ) as answer:
            answers.sort(answer)
