"""Made-up cameras: how often one that is as it was alarms, and how soon one that became worse does.

`python -m evaluation.drift_trials` prints the tables of docs/decisions/0017.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import erf, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from deployments.instruments import TO_SOURCE_QUALITY, TO_SOURCE_SIMILARITY
from evaluation.drift import Counts, Floats, of_failures, of_scores

SLOTS_AN_HOUR: Final = 12
HELD: Final = 4
"""An alarm holds for a quarter of an hour before anybody is told: so many looks, one a slot."""

MOST_PHOTOS: Final = 2000
REFERENCE_PHOTOS: Final = 7 * 200

Drift = Callable[..., Floats]
Shares = Floats
"""What share of photos falls into each bucket (bounds,)."""


@dataclass(frozen=True)
class Change:
    """What became of a camera: its photos before, its photos after, and the test for it."""

    name: str
    before: Shares
    after: Shares
    drift: Drift = of_scores


def normal(mean: float, deviation: float, bounds: Sequence[float], least: float = -2.0) -> Shares:
    """Return the shares of scores that are normal, of those from `least` on."""
    below = [_below((bound - mean) / deviation) for bound in (least, *bounds)]
    return np.diff(np.maximum([*below, 1.0], below[0])) / (1 - below[0])


def _below(deviations: float) -> float:
    return (1 + erf(deviations / sqrt(2))) / 2


def failing(share: float) -> Shares:
    """Return the shares of failures and of the rest."""
    return np.array([share, 1 - share])


_quality = partial(normal, bounds=TO_SOURCE_QUALITY)
_matches = partial(normal, bounds=TO_SOURCE_SIMILARITY, least=0.4)

CHANGES: Final = (
    Change("quality 0.80 → 0.75", _quality(0.8, 0.1), _quality(0.75, 0.1)),
    Change("quality 0.80 → 0.70", _quality(0.8, 0.1), _quality(0.7, 0.1)),
    Change("quality 0.80 → 0.60", _quality(0.8, 0.1), _quality(0.6, 0.1)),
    Change("similarity of matches 0.65 → 0.55", _matches(0.65, 0.12), _matches(0.55, 0.12)),
    Change("similarity of matches 0.65 → 0.60", _matches(0.65, 0.12), _matches(0.6, 0.12)),
    Change("failures 2 % → 5 %", failing(0.02), failing(0.05), of_failures),
    Change("failures 2 % → 10 %", failing(0.02), failing(0.1), of_failures),
    Change("failures 2 % → 30 %", failing(0.02), failing(0.3), of_failures),
)


def photos_to_alarm(change: Change, trials: int, chance: np.random.Generator) -> Floats:
    """Return after how many photos each trial alarms, (trials,); infinite where never."""
    reference = np.cumsum(chance.multinomial(REFERENCE_PHOTOS, change.before, trials), axis=-1)
    photos = np.cumsum(chance.multinomial(1, change.after, (trials, MOST_PHOTOS)), axis=1)
    alarms = change.drift(np.cumsum(photos, axis=-1), reference[:, None]) >= 1
    return np.where(alarms.any(axis=1), alarms.argmax(axis=1) + 1.0, np.inf)


def alarms_of(
    shares: Shares,
    drift: Drift,
    photos_an_hour: float,
    days: int,
    alpha: float,
    chance: np.random.Generator,
) -> int:
    """Return how many alarms a camera that is as it was gives in so many days."""
    slots = chance.poisson(photos_an_hour / SLOTS_AN_HOUR, (days + 8) * 24 * SLOTS_AN_HOUR)
    counts = np.cumsum(chance.multinomial(slots, shares), axis=-1)
    hour, day = (
        drift(*pair, alpha) >= 1
        for pair in (_windows(counts, SLOTS_AN_HOUR), _windows(counts, 24 * SLOTS_AN_HOUR))
    )
    shown = np.asarray(hour | day)
    held = np.asarray(np.lib.stride_tricks.sliding_window_view(shown, HELD).all(axis=-1))
    return int(np.count_nonzero(held[1:] & ~held[:-1]))


def _windows(counts: NDArray[np.int64], length: int) -> tuple[Counts, Counts]:
    """Return what each look sees, lately and at the same time of the seven days before."""
    day = 24 * SLOTS_AN_HOUR
    sums = np.cumsum(counts, axis=0, dtype=np.float64)
    window = (sums[length:] - sums[:-length])[day - length :]
    ends = [slice(7 * day - back * day, len(window) - back * day) for back in range(8)]
    return window[ends[0]], sum((window[end] for end in ends[1:]), np.zeros(()))


def table() -> Iterator[str]:
    """Yield the rows of how soon cameras alarm that became worse."""
    chance = np.random.default_rng(17)
    yield "| what became worse | photos until the alarm, median | of 95 % of cameras |"
    yield "|---|---|---|"
    for change in CHANGES:
        photos = photos_to_alarm(change, 400, chance)
        middle, most = np.quantile(photos, [0.5, 0.95], method="higher")
        yield f"| {change.name} | {_told(middle)} | {_told(most)} |"


def _told(photos: float) -> str:
    return f"{photos:.0f}" if photos <= MOST_PHOTOS else f"over {MOST_PHOTOS}"


if __name__ == "__main__":
    sys.stdout.write("\n".join([*table(), ""]))
