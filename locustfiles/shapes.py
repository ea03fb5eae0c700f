"""Load shapes in multiples of capacity: `--shape ramp`, `levels`, `spike`, `soak` or `short`.

A locustfile takes them by a class of its own, `class Shape(Staircase)`, and its users ask once in
PACING_SECONDS each: so the rate that is offered is the number of users by those seconds, whatever
the service does, as long as it answers within them.
"""

from argparse import ArgumentParser
from typing import ClassVar

from locust import LoadTestShape, events

from locustfiles.steps import PACING_SECONDS, offered, plan

SHAPES = ("ramp", "levels", "spike", "soak", "short")
AT_ONCE = 10_000  # users that may begin or end in a second


@events.init_command_line_parser.add_listener
def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--shape", default="ramp", choices=SHAPES)
    parser.add_argument("--capacity", type=float, default=20.0, help="requests a second")
    parser.add_argument("--besides", type=float, default=0.0, help="of these, by somebody else")
    parser.add_argument("--soak-minutes", type=float, default=20.0)


class Staircase(LoadTestShape):
    """As many users as offer what the step of this moment asks for."""

    abstract: ClassVar[bool] = True

    def tick(self) -> tuple[int, float] | None:
        """Return how many users there shall be, all at once."""
        options = self.runner.environment.parsed_options if self.runner else None
        if options is None:
            return None
        multiple = offered(plan(options.shape, options.soak_minutes), self.get_run_time())
        if multiple is None:
            return None
        rate = multiple * options.capacity - options.besides
        users = max(1, round(rate * PACING_SECONDS))
        return users, AT_ONCE
