"""The first-generation rival under uvicorn, for as long as a measurement lasts."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import httpx
import psutil

from benchmarks import processes
from config.serve_environment import free_ports

APPLICATION = "benchmarks.rivals.first_generation:application"
STARTED = "Application startup complete"  # What uvicorn logs of each worker.
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Tuning:
    """How a rival's threads are set; None leaves a library's own default.

    `executor` is the number of photos that a worker has under way at once.
    """

    workers: int
    executor: int | None = None
    network: int | None = None

    @property
    def name(self) -> str:
        """It in words."""
        if self.executor is None:
            return f"workers: {self.workers}, threads as they come"
        return f"workers: {self.workers}, photos at once: {self.executor}, threads: {self.network}"

    def variables(self) -> dict[str, str]:
        """Return it as variables of the environment."""
        if self.executor is None:
            return {}
        return {
            "RIVAL_EXECUTOR_THREADS": str(self.executor),
            "RIVAL_NETWORK_THREADS": str(self.network),
            "RIVAL_OPENCV_THREADS": str(self.network),
            "OPENBLAS_NUM_THREADS": str(self.network),
        }


def worth_trying(cores: int) -> tuple[Tuning, ...]:
    """Return the settings of which the fastest is called tuned: one thread a photo in all.

    As many photos at once as there are cores, in one worker or in one each; and more than that, so
    that a core has something to do while a worker waits for the database.
    """
    return (
        Tuning(workers=1, executor=cores, network=1),
        Tuning(workers=cores, executor=1, network=1),
        Tuning(workers=cores + 1, executor=1, network=1),
        Tuning(workers=cores, executor=2, network=1),
    )


@dataclass(frozen=True, slots=True)
class Hosted:
    """A rival that answers; `root` is the process that started its workers."""

    url: str
    root: int

    def family(self) -> list[psutil.Process]:
        """Return its processes, without PostgreSQL's."""
        return processes.family(self.root)


@contextmanager
def hosted(variables: dict[str, str], tuning: Tuning, photo: bytes, log: Path) -> Iterator[Hosted]:
    """Run it until the block ends; it has answered once. `log` is the file it writes to."""
    port = free_ports(1)[0]
    options = ("--port", str(port), "--workers", str(tuning.workers), "--no-access-log")
    with log.open("w") as written:
        uvicorn = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "uvicorn", "--factory", APPLICATION, *options],
            env=os.environ | variables | tuning.variables(),
            stdout=written,
            stderr=written,
        )
    try:
        url = f"http://127.0.0.1:{port}/identify"
        _wait_until_started(log, tuning.workers, uvicorn)
        httpx.post(url, content=photo, trust_env=False, timeout=30).raise_for_status()
        yield Hosted(url, uvicorn.pid)
    finally:
        _end(uvicorn)


def _wait_until_started(log: Path, workers: int, uvicorn: subprocess.Popen[bytes]) -> None:
    """Wait for every worker: the first to be ready would answer for all."""
    until = monotonic() + PATIENCE_SECONDS
    while monotonic() < until and uvicorn.poll() is None:
        if log.read_text().count(STARTED) >= workers:
            return
        sleep(0.1)
    raise RuntimeError(f"the rival did not start; see {log}")


def _end(uvicorn: subprocess.Popen[bytes]) -> None:
    """End it with its workers, outright if they do not end in time."""
    workers = processes.family(uvicorn.pid)
    uvicorn.terminate()
    _, alive = psutil.wait_procs(workers, timeout=20)
    for process in alive:
        process.kill()
    uvicorn.wait()
