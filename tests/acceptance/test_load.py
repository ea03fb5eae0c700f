"""`make load` in short: one core bears three times what it can do, and people come and go on it.

A minute of steady load shows what grows fast. The bounds here are wider than those of
the long run, for cores that other tests use as well; what is held is the shape, and `make load`
holds the numbers.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from benchmarks.service import PASSWORD
from cli import leftovers
from tests.acceptance.conftest import ROOT
from tests.acceptance.models import put_models
from tests.leaks import Secrets, files_in, session

PEOPLE = 2_000  # Enough that searches go by the index.
PHASES = ("--phases", "short,soak,mixed", "--capacity-seconds", "3")
SOAK_SECONDS = 60
MINUTES = ("--soak-minutes", str(SOAK_SECONDS / 60), "--mixed-minutes", "0.2")
# s; all of it takes three minutes beside other tests, and what is cut off has its service to end.
PATIENCE_SECONDS, ENDING_SECONDS = 400, 90

Figures = dict[str, Any]

pytestmark = [
    pytest.mark.skipif(
        len(os.sched_getaffinity(0)) == 1, reason="the service and its callers need a core each"
    ),
    pytest.mark.timeout(PATIENCE_SECONDS + ENDING_SECONDS + 10),
]


@pytest.fixture(scope="module")
def measured() -> Iterator[dict[str, Figures]]:
    """Run it once, and give the figures of its phases and what it printed."""
    with TemporaryDirectory(prefix="fg-") as folder:
        data_dir, results = Path(folder) / "data", Path(folder) / "results"
        put_models(data_dir)
        command = [sys.executable, "-m", "benchmarks.load", *PHASES, *MINUTES]
        command += ["--people", str(PEOPLE), "--data-dir", str(data_dir), "--results", str(results)]
        printed = run(command, data_dir)
        told = data_dir / "up.log"
        assert Secrets(admin=PASSWORD).said_in(files_in(session(told), told)) == []
        yield json.loads((results / "load.json").read_text()) | {"printed": {"out": printed}}


def run(command: list[str], data_dir: Path) -> str:
    """Run it to its end, and return what it printed; nothing of it outlives this."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            out, errors = process.communicate(timeout=PATIENCE_SECONDS)
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(ENDING_SECONDS)
            process.kill()
            leftovers.end(leftovers.marked(data_dir.resolve()))
    # 1 where a bound of the long run is missed, which says little of so short a one.
    assert process.returncode in {0, 1}, errors
    assert "Traceback" not in errors, errors
    return out


@pytest.fixture
def soak(measured: dict[str, Figures]) -> Figures:
    """Give the figures of a steady load below the capacity."""
    return measured["soak"]


@pytest.fixture
def overload(measured: dict[str, Figures]) -> Figures:
    """Give the figures of the shape that goes to three times the capacity."""
    return measured["short"]


def at(figures: Figures, multiple: float) -> Figures:
    """Return the figures of the first step of that height."""
    found: Figures = next(step for step in figures["steps"] if step["multiple"] == multiple)
    return found


def test_the_load_was_offered(overload: Figures) -> None:
    """Far more is asked than can be done, and is refused: else nothing here would mean anything."""
    assert at(overload, 3)["offered a second"] > 2 * overload["capacity a second"]
    assert at(overload, 3)["refused a second"] > 0.5 * overload["capacity a second"]


def test_work_goes_on_at_three_times_the_capacity(overload: Figures) -> None:
    """Refusing leaves the core to those who are let in."""
    peak = max(step["accepted a second"] for step in overload["steps"])
    assert at(overload, 3)["accepted a second"] > 0.5 * peak


def test_whoever_is_let_in_is_served_soon(overload: Figures) -> None:
    """No queue grows: half are answered within a second however many ask."""
    assert at(overload, 3)["p50 ms"] < 1000


def test_a_refusal_is_quick(overload: Figures) -> None:
    """At the median, timed by a process that does nothing else."""
    assert overload["refused, timed by the prober"]["probes"] > 0
    assert overload["refused, timed by the prober"]["p50 ms"] < 150


def test_nothing_but_200_and_429_is_answered(overload: Figures) -> None:
    """Not one request of the whole shape ends otherwise."""
    assert overload["other answers"] == {}


def test_it_is_over_soon_after_its_end(overload: Figures) -> None:
    """Of callers who come two seconds afterwards few are refused, and half are soon served."""
    first, *_, last = overload["steps"]
    assert last["multiple"] == first["multiple"]
    assert last["refused a second"] < 0.2 * last["offered a second"]
    assert last["p50 ms"] < 1000


def test_memory_does_not_run_away(soak: Figures) -> None:
    """A photo left behind by each request would be more; Ray itself takes longer to settle."""
    assert soak["memory"]["slope"] < 75  # MB a minute


@pytest.mark.parametrize("counted", ["descriptors", "sockets", "processes", "threads"])
def test_nothing_piles_up(soak: Figures, counted: str) -> None:
    """No part keeps one of each twenty requests; a few connections more are as load has it."""
    parts = soak["counts by part"][counted]
    # From the first third to the last half the time goes by; of few requests a few make no trend.
    kept = max(10, 0.5 * soak["accepted"] / 20)
    assert len(parts) > 10
    assert {part: one["grown"] for part, one in parts.items() if one["grown"] > kept} == {}


def test_ray_keeps_nothing_of_a_request(soak: Figures) -> None:
    """Objects, tasks and actors are as many as before."""
    assert soak["Ray objects"]["grown"] < 10


def test_a_short_soak_is_looked_at_often(soak: Figures) -> None:
    """Or nothing could be seen to grow; and it was a load."""
    assert soak["samples"] >= 20
    assert soak["accepted"] > SOAK_SECONDS * 0.3 * soak["capacity a second"]
    assert soak["other answers"] == {}


def test_six_people_come_and_go(measured: dict[str, Figures]) -> None:
    """Enrolled they are found, verified and told from others; erased they are gone."""
    steps = measured["mixed"]["steps"]
    assert {name: step["failures"] for name, step in steps.items() if step["failures"]} == {}
    assert steps["read, erased"]["requests"] >= 6


def test_each_bound_is_told(measured: dict[str, Figures]) -> None:
    """The table names what was held against what, and how it went."""
    told = measured["printed"]["out"]
    assert "of peak throughput" in told
    assert "stories told to the end" in told
