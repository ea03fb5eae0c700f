"""How sure a rate is: people are drawn again, not comparisons.

One person who looks like many, or like nobody, is in hundreds of comparisons: they err together,
and an interval that takes them for independent is too narrow by multiples. So people are drawn with
replacement, and each comparison counts by how often both of its people were drawn.

Sources: N. Poh, A. Martin, S. Bengio, Performance Generalization in Biometric Authentication Using
Joint User-Specific and Sample Bootstraps, IEEE TPAMI 29 (2007); ISO/IEC 19795-1, annex on variance.
"""

from collections.abc import Sequence
from math import exp, log1p, sqrt

import numpy as np
from numpy.typing import NDArray

from evaluation.calibration.comparisons import Compared, Genuine, Impostors, People
from evaluation.calibration.findings import Rate
from evaluation.intervals import STANDARD_DEVIATIONS, Interval, wilson

Weights = NDArray[np.float64]
"""How often each person was drawn, in each resample: (resamples, people)."""

Draws = NDArray[np.float64]
"""A rate, or a count, in each resample; nan where it had no comparison at all."""


def weights(people: int, resamples: int, seed: int) -> Weights:
    """Draw so many people from so many, again and again."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(people, np.full(people, 1 / people), resamples).astype(np.float64)


def rate(errors: int, trials: int, draws: Draws | None) -> Rate:
    """Return a rate with its intervals; without `draws` trials are taken for independent.

    Each end is the farthest of resampling's percentiles, of a log-normal of resampling's spread,
    and of Wilson's: few people who look like many make rates lean, and percentiles alone then hold
    too little (coverage.py). Without an error resampling knows nothing:
    then the upper end is that of the rule of three at least, 3 / trials.
    """
    alone = wilson(errors, trials)
    value = errors / trials if trials else 0.0
    ends = [alone, *_resampled(value, draws)]
    if errors == 0 and trials:
        ends.append(Interval(0.0, min(1.0, 3 / trials)))
    low, high = min(each.low for each in ends), max(each.high for each in ends)
    return Rate(errors, trials, value, low, high, *alone)


def false_match_rates(
    compared: Compared, thresholds: Sequence[float], drawn: Weights | None
) -> list[Rate]:
    """Return the FMR at each threshold, highest first; none is below the cut of `compared`."""
    impostors = compared.impostors
    errors = false_matches(impostors, thresholds)
    total = impostors.total
    if drawn is None or (compared.photos is None and compared.listed is None):
        return [rate(each, total, None) for each in errors]
    wrong = matches_drawn(impostors.first, impostors.second, errors, drawn)
    shares = divided(wrong, comparisons_drawn(compared, drawn)[:, None])
    return [rate(each, total, shares[:, at]) for at, each in enumerate(errors)]


def false_non_match_rate(genuine: Genuine, threshold: float, drawn: Weights | None) -> Rate:
    """Return the FNMR at a threshold: a genuine comparison below it fails."""
    wrong = genuine.scores < threshold
    errors, trials = int(wrong.sum()), len(wrong)
    return rate(errors, trials, None if drawn is None else by_person(wrong, genuine.people, drawn))


def by_person(
    wrong: NDArray[np.bool_] | NDArray[np.float64], people: People, drawn: Weights
) -> Draws:
    """Return the share of what is wrong, in each resample, of trials that have one person each."""
    size = drawn.shape[1]
    trials = np.bincount(people, minlength=size)
    errors = np.bincount(people, weights=wrong, minlength=size)
    return divided(drawn @ errors, drawn @ trials)


def false_matches(impostors: Impostors, thresholds: Sequence[float]) -> list[int]:
    """Return how many impostors are at or over each threshold."""
    rising = impostors.scores[::-1]
    below = np.searchsorted(rising, np.asarray(thresholds), side="left")
    return [int(each) for each in len(rising) - below]


def matches_drawn(first: People, second: People, errors: Sequence[int], drawn: Weights) -> Draws:
    """Return the false matches of each resample, (resamples, thresholds).

    `first` and `second` are those of each false match, most similar first, of which the first
    `errors[k]` are at or over threshold k.
    """
    last = max(errors, default=0)
    first, second = first[:last], second[:last]
    counts = np.zeros((len(drawn), len(errors)))
    for at, weight in enumerate(drawn):
        running = np.concatenate([[0.0], np.cumsum(weight[first] * weight[second])])
        counts[at] = running[list(errors)]
    return counts


def comparisons_drawn(compared: Compared, drawn: Weights) -> Draws:
    """Return the impostor comparisons of each resample: who is drawn twice is no impostor."""
    if compared.photos is not None:
        return impostor_pairs(drawn * compared.photos)
    if compared.listed is None:
        raise LookupError("nobody knows whose comparisons these are")
    first, second = compared.listed
    return np.array([weight[first] @ weight[second] for weight in drawn])


def impostor_pairs(photos: Weights) -> Draws:
    """Return how many pairs of photos show two people, of so many photos each: (…, people)."""
    return np.asarray((photos.sum(axis=-1) ** 2 - (photos**2).sum(axis=-1)) / 2)


def divided(errors: Draws, trials: Draws) -> Draws:
    """Return the shares; nan where nothing was tried."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(errors / trials)


def _resampled(value: float, draws: Draws | None) -> tuple[Interval, ...]:
    known = None if draws is None else draws[~np.isnan(draws)]
    if known is None or not known.size:
        return ()
    low, high = np.quantile(known, [0.025, 0.975])
    percentiles = Interval(float(low), float(high))
    if value == 0:
        return (percentiles,)
    reach = exp(STANDARD_DEVIATIONS * sqrt(log1p(float(known.var()) / value**2)))
    return percentiles, Interval(value / reach, min(1.0, value * reach))
