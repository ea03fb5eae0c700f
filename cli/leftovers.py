"""Processes of a service, found by a mark in their environment, so that none outlives it.

Ray starts helpers that survive when its driver is killed outright (HAProxy, agents); they inherit
the mark, and the next start, or the end of this one, ends exactly those.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

MARK = "FACEGRAPH_SERVICE"


def mark(data_dir: Path) -> str:
    """Return the mark of the service this process is about to start on `data_dir`."""
    return f"{data_dir}:{os.getpid()}:{int(psutil.Process().create_time())}"


def marked(data_dir: Path) -> list[psutil.Process]:
    """Return the processes, other than this one, that a service on `data_dir` started."""
    return list(_marks(data_dir))


def orphaned(data_dir: Path) -> list[psutil.Process]:
    """Return those whose service is dead."""
    return [process for process, owner in _marks(data_dir).items() if not _owner_lives(owner)]


def end(processes: list[psutil.Process], patience_seconds: float = 5.0) -> None:
    """End the processes, politely first; returns when they are gone."""
    for process in processes:
        _signal(process.terminate)
    _, stubborn = psutil.wait_procs(processes, timeout=patience_seconds)
    for process in stubborn:
        _signal(process.kill)
    psutil.wait_procs(stubborn, timeout=patience_seconds)


def _signal(send: Callable[[], None]) -> None:
    with suppress(psutil.NoSuchProcess):
        send()


def _marks(data_dir: Path) -> dict[psutil.Process, str]:
    """Return the marks of a service's processes, each read once: who ends has none any more."""
    found = {process: _mark_of(process) for process in psutil.process_iter()}
    return {
        process: owner
        for process, owner in found.items()
        if process.pid != os.getpid() and owner.startswith(f"{data_dir}:")
    }


def _mark_of(process: psutil.Process) -> str:
    try:
        return process.environ().get(MARK, "")
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return ""


def _owner_lives(owner: str) -> bool:
    _, pid, started = owner.rsplit(":", 2)
    try:
        return int(psutil.Process(int(pid)).create_time()) == int(started)
    except psutil.NoSuchProcess:
        return False
