"""Whether a camera has become worse: the statistic of config/observability/rules.yml, in Python.

What a camera's photos were lately is compared with what they were at the same time of the seven
days before: their quality, the similarity of matches, and how many could not be acquired. `drift`
is how far they have become worse, in units of what is an alarm: 1 and more is one.
"""

from math import asin, log, sqrt
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]
"""How many values were at or below each bound of a histogram (bounds,); the last is all of them."""

ALPHA: Final = 1e-6
"""How likely a look at a camera that has not changed alarms, at most."""

LEAST_RECENT: Final = 30
LEAST_REFERENCE: Final = 200
LEAST_DISTANCE: Final = 0.25
LEAST_EFFECT: Final = 0.2
"""Below these nothing alarms, however many photos there are: the distance of Kolmogorov and
Smirnov, and Cohen's h."""


def spread(recent: float, reference: float) -> float | None:
    """Return how far apart two samples of so many photos are by chance; None where too few."""
    if recent < LEAST_RECENT or reference < LEAST_REFERENCE:
        return None
    return sqrt(1 / recent + 1 / reference)


def of_scores(recent: Counts, reference: Counts, alpha: float = ALPHA) -> float | None:
    """Return the drift of scores downwards, by the one-sided test of Kolmogorov and Smirnov.

    Source: N. Smirnov, Table for Estimating the Goodness of Fit of Empirical Distributions, Annals
    of Mathematical Statistics 19 (1948). Read off at bounds it can only be smaller than the test
    on the scores themselves, so it alarms less often by chance, not more.
    """
    chance = spread(recent[-1], reference[-1])
    if chance is None:
        return None
    distance = float(np.max(recent / recent[-1] - reference / reference[-1]))
    return distance / max(sqrt(-log(alpha) / 2) * chance, LEAST_DISTANCE)


def of_failures(recent: Counts, reference: Counts, alpha: float = ALPHA) -> float | None:
    """Return the drift of failures to acquire upwards; of each the counts are failures and all.

    A test of two proportions by their arcsines, whose variance is nearly the same at 1 % as at
    50 %, with Cohen's h as the effect (Statistical Power Analysis, 2nd edition, chapter 6). The
    reference is given one failure more than it has: without it cameras that hardly ever fail would
    alarm by chance ten times as often as they may.
    """
    chance = spread(recent[-1], reference[-1])
    if chance is None:
        return None
    before = (reference[0] + 1) / (reference[-1] + 1)
    effect = 2 * (asin(sqrt(recent[0] / recent[-1])) - asin(sqrt(before)))
    return effect / max(NormalDist().inv_cdf(1 - alpha) * chance, LEAST_EFFECT)
