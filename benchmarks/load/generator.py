"""Locust and the prober, as processes of their own on the generator's core."""

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.service import PASSWORD, Service

LOCUSTFILES = Path(__file__).parents[2] / "locustfiles"
STOP_SECONDS = 10


class LoadFailed(Exception):
    """Locust or the prober ended otherwise than they should."""


def locust(service: Service, name: str, output: Path, *arguments: str, collection: str) -> None:
    """Run a locustfile to its end; its CSV and HTML are kept as `output` with their endings.

    Raises LoadFailed if Locust itself failed; answers that it found wrong are in its records.
    """
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILES / f"{name}.py")]
    command += ["--headless", "--only-summary", "--host", service.url, "--collection", collection]
    command += ["--csv", str(output), "--html", f"{output}.html", *arguments]
    command += ["--stop-timeout", str(STOP_SECONDS), "--exit-code-on-error", "0"]
    with Path(f"{output}.log").open("w") as log:
        done = subprocess.run(  # noqa: S603 - our own command
            command,
            env=os.environ | {"FACEGRAPH_PASSWORD": PASSWORD},
            stdout=log,
            stderr=log,
            check=False,
        )
    if done.returncode:
        raise LoadFailed(f"Locust ended with {done.returncode}; see {output}.log")


@contextmanager
def prober(
    service: Service, path: str, photo: bytes, record: Path, *, seconds: float, rate: float
) -> Iterator[None]:
    """Let the prober ask for so long beside what is done meanwhile; LoadFailed."""
    picture = record.with_suffix(".jpg")
    picture.write_bytes(photo)
    command = [sys.executable, "-m", "benchmarks.load.prober", f"{service.url}{path}"]
    command += [str(picture), str(record), "--seconds", str(seconds), "--rate", str(rate)]
    environment = os.environ | {"FACEGRAPH_TOKEN": service.token}
    process = subprocess.Popen(command, env=environment)  # noqa: S603 - our own command
    try:
        yield
        if status := process.wait(timeout=60):
            raise LoadFailed(f"The prober ended with {status}")
    finally:
        process.kill()
        process.wait()
        picture.unlink()


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
