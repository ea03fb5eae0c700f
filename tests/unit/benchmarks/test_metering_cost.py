"""What counting costs, from pairs of spans."""

import numpy as np
import pytest

from benchmarks.metering import share


def test_the_cost_is_a_share_of_what_a_request_costs() -> None:
    """Where each pair differs by a hundredth, that is the cost, and the interval is none."""
    without = np.array([[[6.0, 4.0], [12.0, 8.0]], [[18.0, 12.0], [24.0, 16.0]]])
    cost = share(1.01 * without, without)

    assert (cost.value, cost.low, cost.high) == pytest.approx((0.01, 0.01, 0.01))


def test_rounds_that_disagree_leave_it_open() -> None:
    """However alike the pairs of a round are, a difference between rounds is in the interval."""
    without = np.full((4, 50, 2), 5.0)
    counting = without * np.array([0.98, 1.0, 1.02, 1.04])[:, None, None]
    cost = share(counting, without)

    assert cost.value == pytest.approx(0.01)
    assert cost.low < 0
    assert cost.high > 0.02


def test_a_span_with_something_else_in_it_is_an_outlier() -> None:
    """One in which a part took ten times as much moves nothing."""
    without = np.full((2, 5, 2), 5.0)
    counting = 1.01 * without
    counting[0, 3, 1] = 50.0

    assert share(counting, without).value == pytest.approx(0.01)


def test_a_round_on_a_busy_machine_is_an_outlier() -> None:
    """In one of six everything that counts took twice as much."""
    without = np.full((6, 5, 2), 5.0)
    counting = 1.01 * without
    counting[2] *= 2

    assert share(counting, without).value == pytest.approx(0.01)
