"""Processes that run side by side make one figure."""

import pytest

from benchmarks.bare_loop import Bare, Share, together


def test_rates_add_up_and_costs_are_shared_out() -> None:
    """Each process has its own pace; CPU is divided among all photos."""
    quick = Share(taken=[0.01] * 30, elapsed=1.0, cpu=0.3)
    slow = Share(taken=[0.05] * 10, elapsed=0.5, cpu=0.5)
    assert together([quick, slow]) == Bare(
        rate=pytest.approx(50.0), cpu_ms=pytest.approx(20.0), p50_ms=pytest.approx(10.0)
    )
