"""What is called memory when something may leak."""

import mmap
from pathlib import Path

import psutil
import pytest

from benchmarks.processes import cpu_since, written_megabytes

MEGABYTES = 64


def written() -> float:
    """Return what this process has written."""
    return sum(written_megabytes([psutil.Process()]).values())


def test_what_is_written_counts() -> None:
    """A buffer that is held is memory."""
    before = written()
    # Not of the allocator, which may have as much left over that was written long before.
    with mmap.mmap(-1, MEGABYTES * 10**6) as held:
        held.write(b"x" * len(held))
        grown = written() - before

    assert grown == pytest.approx(MEGABYTES, abs=8)


def test_a_file_that_is_read_does_not(tmp_path: Path) -> None:
    """Its pages are the machine's, however many others map them."""
    path = tmp_path / "file"
    path.write_bytes(bytes(MEGABYTES * 10**6))
    before = written()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        touched = sum(mapped[::4096])
        grown = written() - before

    assert (touched, grown < 8) == (0, True)


def test_what_started_in_between_used_all_of_its_time_meanwhile() -> None:
    """What was there before counts from there on, and parts are added up."""
    before = {(1, "ingress"): 5.0}
    after = {(1, "ingress"): 7.0, (2, "ingress"): 1.0, (3, "matcher"): 0.5}
    assert cpu_since(after, before) == {"ingress": 3.0, "matcher": 0.5}


def test_what_ended_in_between_takes_nothing_from_others() -> None:
    """A worker of PostgreSQL's that went away had used a lot before."""
    before = {(1, "postgresql"): 5.0, (2, "postgresql"): 90.0}
    assert cpu_since({(1, "postgresql"): 6.0}, before) == {"postgresql": 1.0}
