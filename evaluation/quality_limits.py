"""From trials to limits: error against what was measured, and where a gate has to stand.

The rule, for each measure and pack; of the packs the stricter need counts:

- standard stands where the 5 % quantile of the genuine cosine falls below the pack's identify
  threshold plus `MARGIN`. The margin is what is left for a probe that is not perfect either.
- strict stands where the median cosine has lost `LOSS` against the same pair undegraded.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from deployments.messages.embedder import Face
from evaluation.intervals import Interval, wilson
from evaluation.quality_trials import CLEAN, Trial

MARGIN: Final = 0.1
LOSS: Final = 0.1

_SMALLEST_BIN = 50
_MOST_BINS = 16


@dataclass(frozen=True, slots=True)
class Measure:
    """What a gate limits, and the degradations that drive it; `better` is +1 if more is better."""

    name: str
    value: Callable[[Face], float]
    better: int
    driven_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bin:
    """Trials alike in what was measured; `value` is their median, cosines are genuine.

    `errors` of `trials` were not verified at the pack's threshold, `fnmr` bounds that rate.
    """

    value: float
    trials: int
    errors: int
    fnmr: Interval
    lowest: float
    median: float
    loss: float


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The cosines at which a pack says yes, 1:1 and 1:N."""

    verify: float
    identify: float


CUTS: Final = ("cut_beside", "cut_below", "cut_above")
MEASURES: Final = (
    Measure("size", lambda face: face.quality.size, 1, ("shrunk",)),
    Measure("sharpness", lambda face: face.quality.sharpness, 1, ("blurred", "shaken")),
    Measure("darkest", lambda face: face.quality.brightness, 1, ("darkened",)),
    Measure("brightest", lambda face: face.quality.brightness, -1, ("overexposed",)),
    Measure("yaw", lambda face: abs(face.quality.pose.yaw), -1, ("turned",)),
    Measure("pitch", lambda face: abs(face.quality.pose.pitch), -1, ("nodded",)),
    Measure(
        "score", lambda face: face.score, 1, ("blurred", "shaken", "darkened", "tilted", *CUTS)
    ),
    Measure("outside", lambda face: face.quality.outside, -1, CUTS),
)


def driven_by(trials: Iterable[Trial]) -> list[Measure]:
    """Return the measures that some degradation among the trials drives."""
    tried = {trial.degradation for trial in trials}
    return [measure for measure in MEASURES if tried.intersection(measure.driven_by)]


def curve(trials: Iterable[Trial], measure: Measure, thresholds: Thresholds) -> list[Bin]:
    """Return one pack's error against what was measured, from the best faces to the worst.

    Bins hold equally many faces, those of the undegraded photos among them. A face that was not
    found was not measured and is not in here.
    """
    valued = [
        (measure.better * measure.value(trial.face), trial)
        for trial in trials
        if trial.face is not None and trial.degradation in (CLEAN, *measure.driven_by)
    ]
    ranked = [trial for _, trial in sorted(valued, key=lambda pair: -pair[0])]
    bins = min(_MOST_BINS, max(1, len(ranked) // _SMALLEST_BIN))
    edges = np.linspace(0, len(ranked), bins + 1).round().astype(int)
    return [_bin(ranked[start:end], measure, thresholds) for start, end in pairwise(edges)]


def standard_limit(bins: Sequence[Bin], thresholds: Thresholds) -> float | None:
    """Return where the rule puts standard; None where no bin is that bad."""
    return _crossing(bins, [each.lowest - thresholds.identify - MARGIN for each in bins])


def strict_limit(bins: Sequence[Bin]) -> float | None:
    """Return where the rule puts strict; None where no bin is that bad."""
    return _crossing(bins, [LOSS - each.loss for each in bins])


def stricter(limits: Iterable[float | None], better: int) -> float | None:
    """Return the limit that refuses more; None where there is none at all."""
    known = [better * limit for limit in limits if limit is not None]
    return better * max(known) if known else None


def not_verified(trials: Sequence[Trial], thresholds: Thresholds) -> int:
    """Return how many are not taken for the person they show, the faces not found among them."""
    return sum(trial.cosine < thresholds.verify for trial in trials)


def _bin(trials: Sequence[Trial], measure: Measure, thresholds: Thresholds) -> Bin:
    cosines = [trial.cosine for trial in trials]
    errors = not_verified(trials, thresholds)
    return Bin(
        value=float(np.median([measure.value(trial.face) for trial in trials if trial.face])),
        trials=len(trials),
        errors=errors,
        fnmr=wilson(errors, len(trials)),
        lowest=float(np.quantile(cosines, 0.05)),
        median=float(np.median(cosines)),
        loss=float(np.median([trial.loss for trial in trials])),
    )


def _crossing(bins: Sequence[Bin], room: Sequence[float]) -> float | None:
    """Return the measured value where `room` first falls to nothing, on a line between bins."""
    for at, left in enumerate(room):
        if left < 0:
            if at == 0:
                return bins[0].value
            before = room[at - 1]
            share = before / (before - left)
            return bins[at - 1].value + share * (bins[at].value - bins[at - 1].value)
    return None
