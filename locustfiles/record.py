"""`--record FILE`: each request as a line of `began,seconds,outcome`, when it is answered.

Locust's own statistics hold percentiles of its last ten seconds; steps of a shape want their own.
The first line holds when the shape began. Times are the clock's on the wall, which other processes
of the machine share. The outcome is the name the user gave the request, or why it failed.
"""

import csv
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from locust import events
from locust.env import Environment

from locustfiles.outcomes import BEGINNING, LOG_IN


@events.init_command_line_parser.add_listener
def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--record", default="", help="a file for a line of each request")


@events.init.add_listener
def _begin(environment: Environment, **_: Any) -> None:
    if environment.parsed_options is None or not environment.parsed_options.record:
        return
    file = Path(environment.parsed_options.record).open("w", newline="")  # noqa: SIM115 - see _end
    lines = csv.writer(file)

    def write_beginning(**_: Any) -> None:
        lines.writerow([time.time(), 0, BEGINNING])

    def write(
        name: str, start_time: float, response_time: float, exception: Exception | None, **_: Any
    ) -> None:
        outcome = name if exception is None else f"{name}: {exception!r}"
        if outcome != LOG_IN:
            lines.writerow([start_time, response_time / 1000, outcome])

    def end(**_: Any) -> None:
        file.close()

    events.test_start.add_listener(write_beginning)
    events.request.add_listener(write)
    events.quit.add_listener(end)
