"""Requests come at times that nobody under test decides."""

import numpy as np
import pytest

from benchmarks.open_loop import arrivals


def test_rivals_are_asked_at_the_same_moments() -> None:
    """The draw is fixed, and another seed is another draw."""
    assert arrivals(50, 4) == arrivals(50, 4)
    assert arrivals(50, 4) != arrivals(50, 4, seed=2)


def test_requests_are_due_in_order_until_the_end() -> None:
    """As many as the rate says, and none later."""
    due = arrivals(100, 20)
    assert due == sorted(due)
    assert len(due) == 2000
    assert 19 < due[-1] < 20


def test_intervals_are_as_uneven_as_those_of_independent_callers() -> None:
    """Exponential: their standard deviation is their mean."""
    intervals = np.diff(arrivals(100, 60))
    assert intervals.std() == pytest.approx(intervals.mean(), rel=0.1)
