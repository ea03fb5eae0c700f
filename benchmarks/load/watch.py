"""Looks at a service at steady intervals, from a thread, while something else happens."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import httpx
import psutil

from benchmarks import processes
from benchmarks.service import Service

BY_PART = dict[str, float]
# What is over is counted there for ever: tasks that finished, actors that are dead.
OBJECTS = re.compile(
    r"^ray_(?:object_store_num_local_objects|owned_objects|tasks|actors)"
    r"\{(?![^}]*(?:FINISHED|FAILED|DEAD))[^}]*\} (\S+)$",
    re.MULTILINE,
)


class NothingSaid(Exception):
    """Ray names its figures otherwise now, or has none: there always are actors that live."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A service at one moment of the wall's clock, most of it by part; see processes.PARTS."""

    at: float
    cpu_seconds: BY_PART
    megabytes: BY_PART = field(default_factory=dict)
    descriptors: BY_PART = field(default_factory=dict)
    sockets: BY_PART = field(default_factory=dict)
    processes: BY_PART = field(default_factory=dict)
    threads: BY_PART = field(default_factory=dict)
    ray_objects: float = 0.0


def glance(service: Service) -> Sample:
    """Look at what changes fast and is cheap to read."""
    return Sample(time.time(), processes.cpu_seconds(service.family()))


def inspect(service: Service) -> Sample:
    """Look at everything: some hundred milliseconds of CPU, none of it the service's."""
    family = service.family()
    opened = {process: _opened(process.pid, service.data_dir) for process in family}
    return Sample(
        time.time(),
        processes.cpu_seconds(family),
        processes.written_megabytes(family),
        _count(family, lambda process: len(opened[process])),
        _count(family, lambda process: sum(name.startswith("socket:") for name in opened[process])),
        _count(family, lambda _: 1),
        _count(family, psutil.Process.num_threads),
        _ray_objects(service),
    )


@contextmanager
def watching(
    service: Service, every: float, look: Callable[[Service], Sample]
) -> Iterator[list[Sample]]:
    """Yield a list that a sample is added to at each interval, and a last one at the end.

    What keeps a sample from being taken is raised at the end.
    """
    samples: list[Sample] = []
    over = Event()

    def run() -> None:
        while not over.wait(every):
            samples.append(look(service))

    samples.append(look(service))
    with ThreadPoolExecutor(1) as thread:
        watch = thread.submit(run)
        try:
            yield samples
        finally:
            over.set()
    watch.result()
    samples.append(look(service))


def _count(family: list[psutil.Process], of: Callable[[psutil.Process], int]) -> BY_PART:
    counted: Counter[str] = Counter()
    for process in family:
        with suppress(psutil.NoSuchProcess):
            counted[processes.part(process)] += of(process)
    return {name: float(count) for name, count in counted.items()}


def _opened(pid: int, data_dir: Path) -> list[str]:
    """Return what each file descriptor of a process stands for, files of the database excepted.

    A backend of PostgreSQL opens those when it first reads a table, and keeps them: one that is
    seldom used may do so at any time, and there are only so many.
    """
    tables = str(data_dir.resolve() / "postgres")
    names = []
    with suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                names.append(str(descriptor.readlink()))
    return [name for name in names if not name.startswith(tables)]


def _ray_objects(service: Service) -> float:
    """Return how many objects, tasks and actors Ray says it keeps; NothingSaid."""
    said = httpx.get(service.metrics, trust_env=False, timeout=30).raise_for_status().text
    if not (numbers := OBJECTS.findall(said)):
        raise NothingSaid(f"{service.metrics} tells no number of objects, tasks or actors")
    return sum(map(float, numbers))
