"""What counting costs, from pairs of spans."""

import numpy as np
import pytest

from benchmarks.metering import share


def test_the_cost_is_a_share_of_what_a_request_costs() -> None:
    """Where each pair differs by a hundredth, that is the cost, and the interval is none."""
    without = np.array([[10.0, 20.0], [30.0, 40.0]])
    cost = share(1.01 * without, without)

    assert (cost.value, cost.low, cost.high) == pytest.approx((0.01, 0.01, 0.01))


def test_rounds_that_disagree_leave_it_open() -> None:
    """However alike the pairs of a round are, a difference between rounds is in the interval."""
    without = np.full((4, 50), 10.0)
    counting = without * np.array([[0.98], [1.0], [1.02], [1.04]])
    cost = share(counting, without)

    assert cost.value == pytest.approx(0.01)
    assert cost.low < 0
    assert cost.high > 0.02
