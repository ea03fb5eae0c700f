"""Processes that run side by side make one figure."""

import pytest

from benchmarks.bare_loop import Share, together


def test_rates_add_up_and_costs_are_shared_out() -> None:
    """Each process has its own pace; CPU is divided among all photos."""
    quick = Share(taken=[0.01] * 30, elapsed=1.0, cpu=0.3)
    slow = Share(taken=[0.05] * 10, elapsed=0.5, cpu=0.5)
    both = together([quick, slow])
    assert (both.rate, both.cpu_ms, both.p50_ms) == pytest.approx((50.0, 20.0, 10.0))
