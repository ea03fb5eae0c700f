"""Whether a camera has become worse: the statistic of config/observability/rules.yml, in Python.

What a camera's photos were lately is compared with what they were at the same time of the seven
days before: their quality, the similarity of matches, and how many could not be acquired. The drift
is how far they have become worse, in units of what is an alarm: 1 and more is one. It is not a
number where there are too few photos to tell.
"""

from math import log, sqrt
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = Floats
"""How many values were at or below each bound of a histogram, (..., bounds); the last is all."""

ALPHA: Final = 1e-6
"""How likely a look at a camera that has not changed alarms, at most."""

LEAST_RECENT: Final = 30
LEAST_REFERENCE: Final = 200
LEAST_DISTANCE: Final = 0.25
LEAST_EFFECT: Final = 0.2
"""Below these nothing alarms, however many photos there are: the distance of Kolmogorov and
Smirnov, and Cohen's h."""


def of_scores(recent: Counts, reference: Counts, alpha: float = ALPHA) -> Floats:
    """Return the drift of scores downwards, by the one-sided test of Kolmogorov and Smirnov.

    Source: N. Smirnov, Table for Estimating the Goodness of Fit of Empirical Distributions, Annals
    of Mathematical Statistics 19 (1948). Read off at bounds the distance can only be smaller than
    that of the scores themselves, so chance alarms less often, not more.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        distance = np.max(recent / recent[..., -1:] - reference / reference[..., -1:], axis=-1)
        least = sqrt(-log(alpha) / 2) * _spread(recent, reference)
        return _floats(distance / np.maximum(least, LEAST_DISTANCE))


def of_failures(recent: Counts, reference: Counts, alpha: float = ALPHA) -> Floats:
    """Return the drift of failures to acquire upwards; the counts of each are failures and all.

    A test of two proportions by their arcsines, whose variance is nearly the same at 1 % as at
    50 %, with Cohen's h as the effect (Statistical Power Analysis, 2nd edition, chapter 6). The
    reference is given one failure more than it has: without it cameras that hardly ever fail would
    alarm by chance ten times as often as they may.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        effect = _angle(recent) - _angle(reference + 1)
        least = NormalDist().inv_cdf(1 - alpha) * _spread(recent, reference)
        return _floats(effect / np.maximum(least, LEAST_EFFECT))


def _angle(counts: Counts) -> Floats:
    return _floats(2 * np.arcsin(np.sqrt(counts[..., 0] / counts[..., -1])))


def _spread(recent: Counts, reference: Counts) -> Floats:
    """Return how far apart samples of these sizes are by chance; of small ones not a number."""
    photos, before = recent[..., -1], reference[..., -1]
    enough = (photos >= LEAST_RECENT) & (before >= LEAST_REFERENCE)
    return np.where(enough, np.sqrt(1 / photos + 1 / before), np.nan)


def _floats(values: object) -> Floats:
    return np.asarray(values, np.float64)
