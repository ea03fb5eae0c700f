"""An interval says how little a few trials tell."""

import pytest

from evaluation.intervals import wilson


@pytest.mark.parametrize(
    ("errors", "trials", "low", "high"),
    [(0, 102, 0.0, 0.0363), (5, 10, 0.2366, 0.7634), (1, 100, 0.0018, 0.0545), (9, 9, 0.7009, 1.0)],
)
def test_known_intervals(errors: int, trials: int, low: float, high: float) -> None:
    """Counts whose intervals are published come out as published."""
    assert wilson(errors, trials) == pytest.approx((low, high), abs=1e-4)


def test_nothing_tried_tells_nothing() -> None:
    """Without a trial the rate may be anything."""
    assert wilson(0, 0) == (0, 1)
