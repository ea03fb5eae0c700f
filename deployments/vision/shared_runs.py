"""One run of a network for the faces of many photos, each of which gets back its own."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from time import perf_counter
from typing import Any, Literal

from deployments.messages.embedder import Analysis
from deployments.vision.pictures import Pixels

Run = Callable[[Sequence[Pixels]], Iterable[Any]]


def run_together(
    analyses: Sequence[Analysis],
    inputs: Sequence[Sequence[Pixels]],
    field: Literal["vector", "liveness"],
    run: Run,
) -> list[Analysis]:
    """Return the analyses with what a run gives for the inputs in a field of their faces.

    The inputs of a photo are those of its first faces. Its share of the run's time goes into its
    stage `embed`.
    """
    everything = [each for own in inputs for each in own]
    if not everything:
        return list(analyses)
    started = perf_counter()
    values = iter(run(everything))
    share = (perf_counter() - started) / len(everything)
    return [
        _completed(analysis, field, list(islice(values, len(own))), share)
        for analysis, own in zip(analyses, inputs, strict=True)
    ]


def _completed(analysis: Analysis, field: str, values: list[Any], share: float) -> Analysis:
    if not values:
        return analysis
    count = len(values)
    known = (
        replace(face, **{field: value})
        for face, value in zip(analysis.faces[:count], values, strict=True)
    )
    embed = analysis.stages.get("embed", 0.0) + share * count
    return replace(
        analysis,
        faces=(*known, *analysis.faces[count:]),
        stages=analysis.stages | {"embed": embed},
    )
