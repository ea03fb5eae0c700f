"""A span is counted by whole batches, and several spans by their median."""

import pytest

from benchmarks.performance.scaling.points import SMALL, Setting
from benchmarks.performance.scaling.replicas import point, summed
from benchmarks.performance.scaling.worker import Served


def test_a_pace_is_told_between_the_ends_of_batches() -> None:
    """Sixteen photos in the two seconds after the first batch, whatever the span began with."""
    served = Served([0.5] * 24, cpu_seconds=2.4, runs=[(10.0, 8), (11.0, 8), (12.0, 8)])
    assert served.photos_a_second == pytest.approx(8.0)


def test_replicas_add_up() -> None:
    """Photos a second are a sum, latencies a pool, CPU is shared by all photos."""
    one = Served([0.1] * 10, cpu_seconds=1.0, runs=[(0.0, 1), (1.0, 50)])
    other = Served([0.3] * 10, cpu_seconds=2.0, runs=[(0.0, 1), (2.0, 60)])
    rate, half, most, cpu = summed([one, other])
    assert rate == pytest.approx(50.0 + 30.0)
    assert half == pytest.approx(200.0)
    assert most == pytest.approx(300.0)
    assert cpu == pytest.approx(150.0)


def test_rounds_are_told_by_their_median() -> None:
    """An outlier moves the spread and nothing else."""
    setting = Setting(2, 2, 1, 8, SMALL, "fit")
    rounds = [(100.0, 50.0, 90.0, 12.0), (10.0, 500.0, 900.0, 120.0), (110.0, 40.0, 80.0, 11.0)]
    found = point(setting, 0.25, rounds)
    assert (found.photos_a_second, found.p50_ms, found.p95_ms, found.cpu_ms) == (100, 50, 90, 12)
    assert found.spread == pytest.approx(1.0)
