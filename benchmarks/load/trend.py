"""Whether something grows: a slope that no outlier moves, and the step from early to late.

Theil and Sen's slope is the median of the slopes between all pairs of samples; its 95 % interval
takes samples for independent. Those of memory are not quite, so that it is a little too narrow.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import theilslopes

WARM_UP_SHARE = 0.25  # of the samples, from the first on: caches, pools and heaps still fill


@dataclass(frozen=True, slots=True)
class Trend:
    """A slope in units a minute, with a 95 % interval, and how far the middle has moved in all."""

    slope: float
    low: float
    high: float
    grown: float


def trend(seconds: Sequence[float], values: Sequence[float]) -> Trend:
    """Return the trend of samples in their order, the warm-up left out."""
    first = int(WARM_UP_SHARE * len(values))
    minutes, settled = np.array(seconds[first:]) / 60, np.array(values[first:])
    slope, _, low, high = theilslopes(settled, minutes)
    third = max(1, len(settled) // 3)
    grown = np.median(settled[-third:]) - np.median(settled[:third])
    return Trend(float(slope), float(low), float(high), float(grown))
