"""A threshold keeps its target where the data carry it, and is refused where they do not."""

from math import erfc, sqrt

import numpy as np
import pytest

from evaluation.calibration.comparisons import Counts, at_or_above, compare_listed, counted
from evaluation.calibration.findings import TARGETS
from evaluation.calibration.thresholds import (
    FINER_TARGETS,
    chosen,
    curve,
    equal_error_rate,
    needed,
    operating_points,
    refusal,
    threshold_for,
)


def even(count: int) -> Counts:
    """Return impostors evenly spread over 0 to 1."""
    return counted((np.arange(count) + 0.5) / count)


@pytest.mark.parametrize("target", [1e-1, 1e-2, 1e-3])
def test_the_threshold_is_the_lowest_that_keeps_the_target(target: float) -> None:
    """One step lower there are too many."""
    impostors = counted(np.random.default_rng(0).normal(0, 0.1, 20_604))
    threshold = threshold_for(impostors, target)
    rates = at_or_above(impostors) / impostors.sum()
    at = round((threshold + 1) * 10_000)

    assert rates[at] <= target < rates[at - 1]


@pytest.mark.parametrize(("target", "threshold"), [(1e-1, 0.9), (1e-2, 0.99), (1e-3, 0.999)])
def test_the_threshold_of_an_even_spread(target: float, threshold: float) -> None:
    """Of impostors spread evenly the answer is known."""
    assert threshold_for(even(10_000), target) == threshold


def test_no_threshold_is_low_enough_where_all_are_the_same() -> None:
    """Beyond 1 nothing matches, and that is said by a number that no cosine has."""
    assert threshold_for(counted(np.ones(100)), 1e-2) > 1


@pytest.mark.parametrize(
    ("target", "comparisons"), [(1e-2, 300), (1e-3, 3000), (1e-4, 30_000), (1e-6, 3_000_000)]
)
def test_what_a_target_needs(target: float, comparisons: int) -> None:
    """The rule of three: as many, in each half, and one fewer is refused."""
    assert needed(target) == comparisons
    assert refusal(target, comparisons, comparisons) is None
    assert f"{comparisons:,}" in (refusal(target, comparisons - 1, 10**9) or "")
    assert f"{comparisons - 1:,}" in (refusal(target, 10**9, comparisons - 1) or "")


def test_of_5100_comparisons_a_half_most_targets_are_refused() -> None:
    """As many as half of 102 people with two photos give."""
    assert list(chosen(even(5100), 5100, TARGETS)) == [1e-2, 1e-3]


def test_finer_targets_fall_from_the_largest() -> None:
    """Ten to a decade, each once."""
    assert list(FINER_TARGETS) == sorted(set(FINER_TARGETS), reverse=True)
    assert (FINER_TARGETS[0], FINER_TARGETS[-1], len(FINER_TARGETS)) == (1e-2, 1e-6, 41)


@pytest.mark.parametrize("seed", range(5))
def test_scores_of_a_known_distribution_give_what_is_known(seed: int) -> None:
    """The true FMR of the threshold lies in the interval that is stated for it."""
    rng = np.random.default_rng(seed)
    halves = [rng.normal(0.05, 0.1, 100_000) for _ in range(2)]
    genuine = rng.normal(0.6, 0.1, 5000)
    first, second = (
        compare_listed(np.concatenate([half, genuine]), np.arange(105_000) >= 100_000, None)
        for half in halves
    )
    thresholds = chosen(first.impostors.counts, second.impostors.total, TARGETS)
    points = operating_points(TARGETS, thresholds, 100_000, second, None, 0.0)
    supported = [each for each in points if each.supported]

    assert [each.target_fmr for each in supported] == [1e-2, 1e-3, 1e-4]
    for point in supported:
        assert point.threshold is not None
        assert point.fmr is not None
        true = erfc((point.threshold - 0.05) / 0.1 / sqrt(2)) / 2
        assert 0.6 * point.fmr.low <= true <= 1.1 * point.fmr.high


def test_who_may_try_again_is_let_in_more_often_and_refused_less() -> None:
    """FAR and FRR are of transactions, and a photo that is not acquired fails one."""
    scores = np.concatenate([np.linspace(0, 1, 10_000), np.full(100, 0.95), np.full(100, 0.5)])
    tried = compare_listed(scores, np.arange(10_200) >= 10_000, None)
    (point,) = operating_points([1e-1], {1e-1: 0.9}, 10_000, tried, None, 0.2)
    once, thrice = point.transactions

    assert point.fnmr is not None
    assert point.fnmr.value == 0.5
    assert (once.attempts, thrice.attempts) == (1, 3)
    assert once.far == pytest.approx(0.1)
    assert thrice.far == pytest.approx(1 - 0.9**3)
    assert once.frr == pytest.approx(0.2 + 0.8 * 0.5)
    assert thrice.frr == pytest.approx(0.6**3)


@pytest.mark.parametrize(("matching", "supported"), [(190, True), (300, False)])
def test_a_target_is_refused_that_the_other_half_surely_breaks_twice(
    matching: int, supported: bool
) -> None:
    """However many comparisons there are; by a little more it is told, with its upper end."""
    scores = np.concatenate([np.full(matching, 0.95), np.linspace(0, 0.8, 10_000 - matching)])
    tried = compare_listed(np.append(scores, 0.99), np.arange(10_001) >= 10_000, None)
    (point,) = operating_points([1e-2], {1e-2: 0.9}, 10_000, tried, None, 0.0)

    assert point.supported is supported
    assert supported or "surely over twice as much" in (point.refusal or "")


def test_a_target_without_a_threshold_is_refused() -> None:
    """Where impostors are as similar as can be nothing is strict enough."""
    same = compare_listed(np.ones(1001), np.arange(1001) >= 1000, None)
    found = chosen(same.impostors.counts, 1000, [1e-2])
    (point,) = operating_points([1e-2], found, 1000, same, None, 0.0)

    assert (found, point.supported) == ({}, False)
    assert "no threshold is high enough" in (point.refusal or "")


def test_the_curve_falls_and_rises() -> None:
    """As the threshold rises FMR falls from 1 and FNMR rises to 1, in few hundred points."""
    rng = np.random.default_rng(0)
    points = curve(counted(rng.normal(0.6, 0.1, 1000)), counted(rng.normal(0, 0.1, 50_000)))
    fmr, fnmr = [each.fmr for each in points], [each.fnmr for each in points]

    assert fmr == sorted(fmr, reverse=True)
    assert fnmr == sorted(fnmr)
    assert (fmr[0], fnmr[0], fmr[-1], fnmr[-1]) == (1, 0, 0, 1)
    assert 400 < len(points) < 500


def test_the_equal_error_rate_of_two_spreads() -> None:
    """Genuine from 0.4 to 1, impostors from 0 to 0.6: a sixth of each is beyond the middle."""
    genuine = counted(0.4 + 0.6 * (np.arange(6000) + 0.5) / 6000)
    impostors = counted(0.6 * (np.arange(6000) + 0.5) / 6000)

    assert equal_error_rate(genuine, impostors) == pytest.approx(1 / 6, abs=1e-3)
