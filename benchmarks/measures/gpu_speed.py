"""Photos a second by photos in a batch, and the stages of a photo; by the clock on the wall.

The CPU's clock, by which other measurements go, does not see what a GPU takes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from benchmarks.measures.stages import STAGES
from benchmarks.subjects.shipped import IDENTIFY
from deployments.messages.embedder import Analysis, Photo
from deployments.vision.pipeline import Pipeline

PORTRAITS = (1, 2, 4, 8, 16, 32, 64)
GROUPS = (1, 4, 16)
EVERY_FACE = Photo(b"", max_faces=200, embed="all")
_LAPS = 8
_SECONDS = 5.0

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Lap:
    """One batch: the seconds it took, and what came of it."""

    seconds: float
    analyses: tuple[Analysis, ...]


def of(
    pipeline: Pipeline, portraits: Sequence[bytes], group: bytes
) -> dict[str, dict[str, Figures]]:
    """Return the figures of portraits as identify sends them, and of a group with every face."""
    return {
        "portraits": {str(count): _of(pipeline, IDENTIFY, portraits, count) for count in PORTRAITS},
        "groups": {str(count): _of(pipeline, EVERY_FACE, [group], count) for count in GROUPS},
    }


def summary(laps: Sequence[Lap]) -> Figures:
    """Return photos a second, and the mean milliseconds a photo of each stage: medians of laps."""
    rates = [len(lap.analyses) / lap.seconds for lap in laps]
    stages = np.median([_stages(lap.analyses) for lap in laps], axis=0)
    named = zip(STAGES, map(float, stages), strict=True)
    return {"photos a second": float(np.median(rates))} | dict(named)


def analyses_of(pipeline: Pipeline, photos: Sequence[Photo]) -> list[Analysis]:
    """Return the analyses of photos, none of which may be refused."""
    results = pipeline.analyse(photos)
    for result in results:
        if isinstance(result, Exception):
            raise result
    return [result for result in results if isinstance(result, Analysis)]


def _stages(analyses: Sequence[Analysis]) -> NDArray[np.float64]:
    taken = [[analysis.stages.get(stage, 0.0) for stage in STAGES] for analysis in analyses]
    milliseconds: NDArray[np.float64] = 1000 * np.mean(taken, axis=0)
    return milliseconds


def _of(pipeline: Pipeline, wish: Photo, photos: Sequence[bytes], count: int) -> Figures:
    batch = [replace(wish, data=data) for data in islice(cycle(photos), count)]
    analyses_of(pipeline, batch)  # The first is slower than all others.
    return summary(_laps(pipeline, batch))


def _laps(pipeline: Pipeline, batch: Sequence[Photo]) -> list[Lap]:
    """Return eight laps, or as many as it takes to fill five seconds where that is fewer."""
    laps = [_lap(pipeline, batch)]
    while len(laps) < _LAPS and sum(lap.seconds for lap in laps) < _SECONDS:
        laps.append(_lap(pipeline, batch))
    return laps


def _lap(pipeline: Pipeline, batch: Sequence[Photo]) -> Lap:
    began = perf_counter()
    analyses = analyses_of(pipeline, batch)
    return Lap(perf_counter() - began, tuple(analyses))
