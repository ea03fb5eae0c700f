"""Who runs where: the service on one core, whoever asks it on another, at any moment."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil


class TooFewCores(Exception):
    """The service and its callers need a core each."""


class Strayed(Exception):
    """Something may run elsewhere than on its core, so figures mean nothing."""


@dataclass(frozen=True, slots=True)
class Cores:
    """One core for the service, one for all that asks it or looks at it."""

    service: int
    generator: int


def divide() -> Cores:
    """Take the first and the last core this process may use; TooFewCores."""
    allowed = os.sched_getaffinity(0)
    if len(allowed) == 1:
        raise TooFewCores("Two cores are needed: one for the service, one for the load.")
    return Cores(min(allowed), max(allowed))


def require(processes: Iterable[psutil.Process], core: int) -> None:
    """Raise Strayed unless every thread of every process is kept to the core."""
    for process in processes:
        for thread in _threads(process.pid):
            if elsewhere := _allowed(thread) - {core}:
                raise Strayed(f"{process} may also run on {sorted(elsewhere)}")


def _threads(pid: int) -> Iterator[int]:
    try:
        yield from (int(task.name) for task in Path(f"/proc/{pid}/task").iterdir())
    except FileNotFoundError:
        return  # It has ended since it was listed.


def _allowed(thread: int) -> set[int]:
    try:
        return os.sched_getaffinity(thread)
    except ProcessLookupError:
        return set()
