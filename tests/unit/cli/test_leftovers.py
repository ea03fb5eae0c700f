"""Processes found by their mark."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from cli import leftovers

STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(flush=True)
signal.pause()
"""


@contextmanager
def marked_process(mark: str) -> Iterator[subprocess.Popen[str]]:
    """Start a process that ignores SIGTERM and carries a mark."""
    environment = os.environ | {leftovers.MARK: mark}
    with subprocess.Popen(
        [sys.executable, "-c", STUBBORN], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def test_what_a_dead_service_left_is_found_and_ended(tmp_path: Path) -> None:
    """A process whose owner is gone is an orphan of that data directory, and ends."""
    with marked_process(f"{tmp_path}:999999999:1") as process:
        found = leftovers.orphaned(tmp_path)
        leftovers.end(found, patience_seconds=0.2)

        assert [each.pid for each in found] == [process.pid]
        assert process.wait(5) is not None


def test_what_a_living_service_started_is_no_orphan(tmp_path: Path) -> None:
    """A process whose owner lives is left alone, whatever its data directory."""
    with marked_process(leftovers.mark(tmp_path)) as process:
        assert leftovers.orphaned(tmp_path) == []
        assert [each.pid for each in leftovers.marked(tmp_path)] == [process.pid]


def test_other_data_directories_are_not_ours(tmp_path: Path) -> None:
    """The mark of a directory whose name only begins alike is another's."""
    with marked_process(f"{tmp_path}-two:999999999:1"):
        assert leftovers.orphaned(tmp_path) == []


def test_ending_what_has_ended_is_no_error() -> None:
    """A process that is gone before it is told to go does not disturb the others."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    gone = psutil.Process(process.pid)
    process.wait()

    leftovers.end([gone])


def test_a_process_that_ends_while_it_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One whose mark is gone at a second look was an orphan at the first."""
    looks: Counter[int] = Counter()
    read = leftovers._mark_of

    def once(process: psutil.Process) -> str:
        looks[process.pid] += 1
        return read(process) if looks[process.pid] == 1 else ""

    monkeypatch.setattr(leftovers, "_mark_of", once)
    with marked_process(f"{tmp_path}:999999999:1") as process:
        assert [each.pid for each in leftovers.orphaned(tmp_path)] == [process.pid]
