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
from locust.contrib.fasthttp import ResponseContextManager

import record  # noqa: F401 - adds --record
from cli.pictures import jpeg, stranger_photo
from outcomes import ACCEPTED, REFUSED
from session import SESSION
from shapes import PACING_SECONDS, Staircase

PHOTO = jpeg(stranger_photo())


@events.init_command_line_parser.add_listener
def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--collection", default="default", help="where people are looked for")


class Shape(Staircase):
    """The one that --shape names."""


class Visitor(FastHttpUser):
    """Identifies once in PACING_SECONDS, on a grid of its own that nothing shifts."""

    def on_start(self) -> None:
        """Wait for a random part of the pace: users that begin together must not ask together."""
        self.due = perf_counter() + random() * PACING_SECONDS  # noqa: S311 - no secret
        collection = self.environment.parsed_options.collection
        self.path = f"/v1/collections/{collection}/identify"
        gevent.sleep(self.due - perf_counter())

    def wait_time(self) -> float:
        """Return the time until the next point of the grid; points that have passed are lost."""
        self.due = max(self.due + PACING_SECONDS, perf_counter())
        return self.due - perf_counter()

    @task
    def identify(self) -> None:
        """Send the photo as the raw body."""
        headers = SESSION.headers(self.client) | {"Content-Type": "image/jpeg"}
        with self.client.post(
            self.path, data=PHOTO, headers=headers, name="identify", catch_response=True
        ) as answer:
            _sort(answer)


def _sort(answer: ResponseContextManager) -> None:
    """Name the answer by what it was, or fail it."""
    if answer.status_code == 200 and len(answer.json()["faces"]) == 1:  # noqa: PLR2004
        answer.request_meta["name"] = ACCEPTED
    elif answer.status_code == 429 and _overloaded(answer):  # noqa: PLR2004
        answer.request_meta["name"] = REFUSED
        answer.success()
    else:
        answer.failure(f"{answer.status_code}: {answer.text}")


def _overloaded(answer: ResponseContextManager) -> bool:
    return answer.json()["code"] == "overloaded" and int(answer.headers["Retry-After"]) >= 1
