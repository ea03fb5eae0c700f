"""Where a value lies along an axis, and what is written at it.

A logarithm and a normal deviate know no zero, yet a rate of which no error was seen is one. Such
axes keep a strip at their lower end for it, apart from the scale and labelled `0`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import floor, log10
from statistics import NormalDist
from typing import Final

from evaluation.calibration.wording import count, percent

_STRIP: Final = 0.09
"""The share of an axis that zero has to itself."""

_DEVIATE_TICKS: Final = (
    *(10.0**exponent for exponent in range(-8, -1)),
    *(0.02, 0.05, 0.1, 0.2, 0.5),
)
MOST_DEVIATE: Final = 0.5
"""Where axes of normal deviates end: who errs more often than that guesses."""

_LEAST_RATE: Final = 1e-8
_ROOM: Final = 1.6


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale from `low` to `high`, with the values to be labelled; `strip` is zero's share."""

    title: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    stretch: Callable[[float], float]
    strip: float = 0.0

    def place(self, value: float) -> float:
        """Return how far along the axis a value lies, 0 to 1; beyond an end, at that end."""
        if self.strip and value <= 0:
            return 0.0
        within = min(max(value, self.low), self.high)
        bottom, top = self.stretch(self.low), self.stretch(self.high)
        share = (self.stretch(within) - bottom) / (top - bottom)
        return self.strip + (1 - self.strip) * share


def linear(title: str, low: float, high: float, ticks: Sequence[tuple[float, str]]) -> Axis:
    """Return an axis on which equal steps are equally long."""
    return Axis(title, low, high, tuple(ticks), float)


def rates(title: str, values: Iterable[float], most: float = 1.0) -> Axis:
    """Return a logarithmic axis of shares, from the decade of the least over 0 up to `most`."""
    low = min(_decade(values), most / 10)
    ticks = _decades(low, most)
    return Axis(title, low, most, _labelled(ticks), log10, _STRIP)


def deviates(title: str, values: Iterable[float]) -> Axis:
    """Return an axis of shares on which a normal distribution's tail is a straight line.

    Such are the axes of the DET curve (Martin et al., Eurospeech 1997).
    """
    low = _decade(values)
    ticks = [tick for tick in _DEVIATE_TICKS if tick > low * 0.99]
    return Axis(title, low, MOST_DEVIATE, _labelled(ticks), NormalDist().inv_cdf, _STRIP)


def sizes(title: str, values: Iterable[int]) -> Axis:
    """Return a logarithmic axis of whole numbers, with some room before and after them."""
    given = list(values)
    low, high = min(given) / _ROOM, max(given) * _ROOM
    decades = (10**exponent for exponent in range(floor(log10(high)) + 1))
    ticks = tuple((float(tick), count(tick)) for tick in decades if tick >= low)
    return Axis(title, low, high, ticks, log10)


def places(title: str, labels: Sequence[str]) -> Axis:
    """Return an axis of things in their order, the first at 0, each as far from the next."""
    return Axis(title, -0.5, len(labels) - 0.5, tuple(enumerate(labels)), float)


def _decade(values: Iterable[float]) -> float:
    """Return the power of ten at or under the least value over 0; 0.1 % where there is none."""
    least = min((value for value in values if value > 0), default=1e-3)
    return float(10.0 ** floor(log10(min(max(least, _LEAST_RATE), 1e-2))))


def _decades(low: float, high: float) -> list[float]:
    first, last = round(log10(low)), round(log10(high))
    return [10.0**exponent for exponent in range(first, last + 1)]


def _labelled(ticks: Iterable[float]) -> tuple[tuple[float, str], ...]:
    return ((0.0, percent(0.0)), *((tick, percent(tick)) for tick in ticks))
