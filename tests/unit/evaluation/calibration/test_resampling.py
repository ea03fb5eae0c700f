"""Intervals come from people, and a rate without an error is no rate of nothing."""

from itertools import combinations

import numpy as np
import pytest

from evaluation.calibration.comparisons import compare_all, compare_listed
from evaluation.calibration.resampling import (
    false_match_rates,
    false_non_match_rate,
    impostor_pairs,
    rate,
    weights,
)
from evaluation.intervals import wilson
from tests.unit.evaluation.calibration.crowd import Crowd


@pytest.mark.parametrize(("trials", "high"), [(300, 0.01), (3000, 0.001), (30_000, 0.0001)])
def test_without_an_error_the_rule_of_three_holds(trials: int, high: float) -> None:
    """At most 3 in n, and never nought."""
    found = rate(0, trials, np.zeros(1000))

    assert found.value == found.low == 0
    assert found.high == pytest.approx(max(high, wilson(0, trials).high))


@pytest.mark.parametrize(("errors", "few"), [(29, True), (30, False)])
def test_thirty_errors_are_enough(errors: int, few: bool) -> None:
    """Fewer are flagged."""
    assert rate(errors, 10_000, None).few is few


def test_an_interval_is_never_narrower_than_if_all_were_independent() -> None:
    """A lucky draw does not make anybody surer."""
    found = rate(10, 1000, np.full(1000, 0.01))

    assert (found.low, found.high) == tuple(wilson(10, 1000))


def test_one_person_whom_all_others_match_makes_it_wide() -> None:
    """As independent comparisons their errors would look like certainty."""
    rng = np.random.default_rng(0)
    first, second = np.triu_indices(100, k=1)
    scores = np.where(second == 99, 0.9, rng.uniform(-0.5, 0.5, len(first)))
    found = compare_listed(scores, np.zeros(len(first), bool), (first, second))
    (fmr,) = false_match_rates(found, [0.8], weights(100, 1000, 0))

    assert fmr.value == pytest.approx(99 / 4950)
    assert fmr.high - fmr.low > 5 * (fmr.independent_high - fmr.independent_low)


def test_all_pairs_and_the_same_pairs_listed_agree() -> None:
    """The closed form of how many comparisons a draw has is the sum over them."""
    crowd = Crowd(people=12, photos=2, spread=0.4)
    vectors, people = crowd.vectors(), np.repeat(np.arange(12), 2)
    drawn = weights(12, 200, 3)
    complete = compare_all(vectors, people, cut=0.1)
    at = np.array(list(combinations(range(24), 2)))
    first, second = people[at[:, 0]], people[at[:, 1]]
    scores = np.array([vectors[a] @ vectors[b] for a, b in at], np.float64)
    listed = compare_listed(scores, first == second, (first, second))

    for threshold in (0.2, 0.3):
        (one,), (other,) = (
            false_match_rates(each, [threshold], drawn) for each in (complete, listed)
        )
        assert one == pytest.approx(other)


def test_genuine_comparisons_are_drawn_with_their_person() -> None:
    """One of two people fails always: a draw has none of them, or nothing but them."""
    scores = np.array([0.1] * 50 + [0.9] * 50)
    found = compare_listed(
        scores, np.ones(100, bool), (np.repeat([0, 1], 50), np.repeat([0, 1], 50))
    )
    fnmr = false_non_match_rate(found.genuine, 0.5, weights(2, 1000, 0))

    assert (fnmr.value, fnmr.low, fnmr.high) == (0.5, 0, 1)


def test_impostor_pairs_of_people_with_several_photos() -> None:
    """Three with 2, 1 and 4 photos: 2·1 + 2·4 + 1·4."""
    assert impostor_pairs(np.array([2.0, 1.0, 4.0])) == 14


def test_without_people_trials_are_independent() -> None:
    """And the interval says no more than Wilson's."""
    found = compare_listed(np.linspace(0, 1, 1000), np.zeros(1000, bool), None)
    (fmr,) = false_match_rates(found, [0.9], None)

    assert (fmr.low, fmr.high) == (fmr.independent_low, fmr.independent_high)
