"""Rivals measured against each other on the same photos, in turn, so that drift hits all alike.

Time is CPU time, of the process and of those it started: what a core gives when it is not shared.
On a machine that others use too, the clock on the wall counts their work as well.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.measures.clock import quick_clock

Given = TypeVar("Given")
Gained = TypeVar("Gained")
Seconds = NDArray[np.float64]

_RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Lap(Generic[Gained]):
    """What one rival took and gave, item by item: CPU seconds, and seconds on the wall."""

    seconds: Seconds
    walls: Seconds
    results: list[Gained]

    @property
    def milliseconds(self) -> float:
        """The median over the items."""
        return 1000 * float(np.median(self.seconds))

    @property
    def wall_milliseconds(self) -> float:
        """The same by the clock on the wall, which counts what others do on the machine too."""
        return 1000 * float(np.median(self.walls))


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of medians with its 95 % bootstrap interval over the items."""

    value: float
    low: float
    high: float


def race(
    rivals: Mapping[str, Callable[[Given], Gained]], items: Iterable[Given], *, warm_up: int = 2
) -> dict[str, Lap[Gained]]:
    """Let all rivals do the first item, then the next; who begins changes from item to item.

    Beforehand the first item is done `warm_up` times, uncounted.
    """
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    walls: dict[str, list[float]] = {name: [] for name in rivals}
    results: dict[str, list[Gained]] = {name: [] for name in rivals}
    with quick_clock() as clock:
        for at, item in enumerate(items):
            for _ in range(warm_up if at == 0 else 0):
                for rival in rivals.values():
                    rival(item)
            for name in _in_turn(list(rivals), at):
                began, at_wall = clock(), perf_counter()
                result = rivals[name](item)
                walls[name].append(perf_counter() - at_wall)
                seconds[name].append(clock() - began)
                results[name].append(result)
    return {
        name: Lap(np.array(seconds[name]), np.array(walls[name]), results[name]) for name in rivals
    }


def speed_up(slow: Seconds, fast: Seconds) -> Ratio:
    """Return how many times as fast the second rival was; both did the same items in one race."""
    picks = np.random.default_rng(0).integers(0, len(slow), (_RESAMPLES, len(slow)))
    ratios = np.median(slow[picks], axis=1) / np.median(fast[picks], axis=1)
    low, high = np.quantile(ratios, [0.025, 0.975])
    return Ratio(float(np.median(slow) / np.median(fast)), float(low), float(high))


def _in_turn(names: list[str], at: int) -> list[str]:
    first = at % len(names)
    return names[first:] + names[:first]
