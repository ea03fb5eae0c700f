"""Locust and the prober, as processes of their own on the generator's core."""

import csv
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from math import inf
from pathlib import Path
from time import monotonic
from typing import IO

import psutil

from benchmarks.load import cores
from benchmarks.service import PASSWORD, Service

LOCUSTFILES = Path(__file__).parents[2] / "locustfiles"
STOP_SECONDS = 10
CHECKED_SECONDS = 5.0
PROBER_SECONDS = 60.0  # It ends when its last question was answered, or nobody waits any more.
# What Locust's log says of a run whose figures are not the service's: its core was not enough, or
# requests are in no statistic, for they broke their user or were unanswered at the end.
SPOILT = ("CPU usage", "Traceback", "Not all users finished")


class LoadFailed(Exception):
    """Locust or the prober ended otherwise than they should."""


def locust(
    service: Service, name: str, output: Path, *arguments: str, collection: str, core: int
) -> None:
    """Run a locustfile to its end; its CSV and HTML are kept as `output` with their endings.

    Raises LoadFailed if Locust itself failed or fell short, Strayed if it may leave its core;
    answers that it found wrong are in its records.
    """
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILES / f"{name}.py")]
    command += ["--headless", "--only-summary", "--host", service.url, "--collection", collection]
    command += ["--csv", str(output), "--html", f"{output}.html", *arguments]
    command += ["--stop-timeout", str(STOP_SECONDS), "--exit-code-on-error", "0"]
    log = Path(f"{output}.log")
    with log.open("w") as said, _started(command, {"FACEGRAPH_PASSWORD": PASSWORD}, said) as run:
        status = _status(run, core)
    flaws = spoilt(log.read_text())
    if status or flaws:
        raise LoadFailed("\n".join([f"Locust ended with {status}; see {log}", *flaws]))


def spoilt(said: str) -> list[str]:
    """Return the lines of Locust's log by which its figures are worth nothing."""
    return [line for line in said.splitlines() if any(each in line for each in SPOILT)]


@contextmanager
def prober(
    service: Service,
    path: str,
    photo: bytes,
    record: Path,
    *,
    seconds: float,
    rate: float,
    core: int,
) -> Iterator[None]:
    """Let the prober ask for so long beside what is done meanwhile; LoadFailed, Strayed."""
    picture = record.with_suffix(".jpg")
    picture.write_bytes(photo)
    command = [sys.executable, "-m", "benchmarks.load.prober", f"{service.url}{path}"]
    command += [str(picture), str(record), "--seconds", str(seconds), "--rate", str(rate)]
    try:
        with _started(command, {"FACEGRAPH_TOKEN": service.token}) as run:
            yield
            if status := _status(run, core, PROBER_SECONDS):
                raise LoadFailed(f"The prober ended with {status}")
    finally:
        picture.unlink()


@contextmanager
def _started(
    command: list[str], environment: Mapping[str, str], log: IO[str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process of our own, which does not outlive what is done meanwhile."""
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, env={**os.environ, **environment}, stdout=log, stderr=log
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _status(process: subprocess.Popen[bytes], core: int, patience: float = inf) -> int:
    """Return the status that a process ends with; until then it is to stay on its core."""
    until = monotonic() + patience
    while monotonic() < until:
        cores.require([psutil.Process(process.pid)], core)
        with suppress(subprocess.TimeoutExpired):
            return process.wait(CHECKED_SECONDS)
    raise LoadFailed(f"{process.args!r} did not end")


def statistics(output: Path) -> dict[str, dict[str, float]]:
    """Return requests, failures and percentiles of each name from the CSV that Locust wrote."""
    with Path(f"{output}_stats.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["Name"] != "Aggregated"]
    return {
        row["Name"]: {
            "requests": float(row["Request Count"]),
            "failures": float(row["Failure Count"]),
            "p50 ms": float(row["50%"]),
            "p99 ms": float(row["99%"]),
        }
        for row in rows
    }
