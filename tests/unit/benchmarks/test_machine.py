"""The machine is described by what it can do, and its roof follows."""

import os
import re
from contextlib import suppress

import pytest

from benchmarks.measures.machine import Machine, commit, describe, one_core

SMALL = Machine("Some CPU", ("avx2",), 2, 8.0, gflops_per_core=50.0)


def test_the_roof_is_two_operations_a_multiply_add() -> None:
    """Half a billion multiply-adds at fifty billion operations a second take 20 ms."""
    assert SMALL.roof_ms(0.5) == pytest.approx(20)


def test_the_name_tells_processor_cores_and_instructions() -> None:
    """What a reader needs to place a figure."""
    assert SMALL.name == "Some CPU, 2 cores, avx2"


def test_this_machine_is_measured() -> None:
    """A core of anything that runs this multiplies between a tenth and ten thousand GFLOPS."""
    found = describe()
    assert found.cores == os.cpu_count()
    assert 0.1 < found.gflops_per_core < 10_000


def test_the_commit_is_named() -> None:
    """A plus tells that files differ from it."""
    assert re.fullmatch(r"[\w.-]+\+?", commit())


def test_one_core_is_kept_to_and_given_back() -> None:
    """Inside there is one; afterwards as many as before, also after an error."""
    before = os.sched_getaffinity(0)
    with suppress(ZeroDivisionError), one_core():
        assert len(os.sched_getaffinity(0)) == 1
        raise ZeroDivisionError
    assert os.sched_getaffinity(0) == before
