"""CPU time is that of a process and of those it started."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from benchmarks.measures.clock import cpu_seconds, quick_clock

# It computes when it is told to, and says when it is done.
CHILD = "import sys\nfor line in sys.stdin:\n sum(range(int(line)))\n print('done', flush=True)"


@pytest.fixture
def child() -> Iterator["subprocess.Popen[str]"]:
    """Yield a process that computes on demand."""
    command = [sys.executable, "-c", CHILD]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as started:
        compute(started, 1)
        yield started
        started.terminate()


def compute(child: "subprocess.Popen[str]", numbers: int) -> None:
    """Let it add so many numbers, and wait until it has."""
    assert child.stdin
    assert child.stdout
    print(numbers, file=child.stdin, flush=True)
    assert child.stdout.readline() == "done\n"


def test_the_quick_clock_counts_whoever_there_is(child: "subprocess.Popen[str]") -> None:
    """What a child computes passes on both clocks alike."""
    with quick_clock() as clock:
        began, began_as_well = clock(), cpu_seconds()
        compute(child, 3_000_000)
        quick, slow = clock() - began, cpu_seconds() - began_as_well
    assert quick > 0.01
    assert quick == pytest.approx(slow, abs=0.01)


def test_time_never_goes_back(child: "subprocess.Popen[str]") -> None:
    """A process that ends stays at what it had used when it was last looked at."""
    with quick_clock() as clock:
        compute(child, 3_000_000)
        before = clock()
        child.terminate()
        child.wait()
        assert clock() >= before
