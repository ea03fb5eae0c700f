"""Where the time of one photo goes: decode, detect, align, embed; in CPU milliseconds."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np

from benchmarks.measures.clock import quick_clock
from benchmarks.measures.race import race
from benchmarks.subjects import shipped
from benchmarks.subjects.photographs import as_phone
from deployments.messages.embedder import Analysis, Photo
from deployments.vision.pipeline import Pipeline

STAGES = ("decode", "detect", "align", "embed")
_PHONE_PHOTOS = 12

Milliseconds = dict[str, float]


@contextmanager
def counting_cpu() -> Iterator[None]:
    """Let the pipeline time its stages by the CPU instead of by the clock on the wall.

    On a machine that others use too, the wall counts their work as well. What is started within is
    not counted (clock.py).
    """
    with quick_clock() as clock, patch("deployments.vision.pipeline.perf_counter", clock):
        yield


def of(
    pipelines: Mapping[str, Pipeline], portraits: Sequence[Path]
) -> dict[str, dict[str, Milliseconds]]:
    """Return, by pipeline, the stages of a portrait of 512 px and of one as a phone sends it."""
    small = [path.read_bytes() for path in portraits]
    photos = {"512 px": small, "3000 px": (as_phone(data) for data in small[:_PHONE_PHOTOS])}
    raced = {size: analysed(pipelines, each, shipped.IDENTIFY) for size, each in photos.items()}
    return {
        name: {size: medians(analyses[name]) for size, analyses in raced.items()}
        for name in pipelines
    }


def analysed(
    pipelines: Mapping[str, Pipeline], photos: Iterable[bytes], wish: Photo
) -> dict[str, list[Analysis]]:
    """Let pipelines analyse photos in turn, on the CPU's clock; the answers, by pipeline."""

    def analysing(pipeline: Pipeline) -> Callable[[bytes], Analysis]:
        return lambda data: shipped.analyse(pipeline, replace(wish, data=data))

    with counting_cpu():
        laps = race({name: analysing(one) for name, one in pipelines.items()}, photos)
    return {name: lap.results for name, lap in laps.items()}


def medians(analyses: Sequence[Analysis]) -> Milliseconds:
    """Return the median of each stage, and of their sum as `total`."""
    taken = [[analysis.stages.get(stage, 0.0) for stage in STAGES] for analysis in analyses]
    each = 1000 * np.median(taken, axis=0)
    total = 1000 * float(np.median(np.sum(taken, axis=1)))
    return dict(zip(STAGES, map(float, each), strict=True)) | {"total": total}
