"""What a count of errors says of the rate behind it."""

from math import sqrt
from typing import NamedTuple

STANDARD_DEVIATIONS = 1.959964  # Of a normal distribution, either side, hold 95 %.


class Interval(NamedTuple):
    """The ends between which a rate lies with 95 % confidence, 0 to 1."""

    low: float
    high: float


def wilson(errors: int, trials: int) -> Interval:
    """Return Wilson's score interval of independent trials; 0 to 1 where there are none.

    Source: E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference,
    Journal of the American Statistical Association 22 (1927). Unlike the textbook's interval it
    does not shrink to a point where no error was seen.
    """
    if trials == 0:
        return Interval(0.0, 1.0)
    square = STANDARD_DEVIATIONS**2
    rate, whole = errors / trials, trials + square
    middle = (errors + square / 2) / whole
    spread = sqrt(trials * rate * (1 - rate) + square / 4)
    reach = STANDARD_DEVIATIONS * spread / whole
    return Interval(max(0.0, middle - reach), min(1.0, middle + reach))
