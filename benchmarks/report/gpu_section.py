"""The section of docs/models.md on GPUs, from gpu.json."""

from collections.abc import Iterator
from typing import Any

from benchmarks.measures.stages import STAGES
from benchmarks.report.markdown import table

_NONE = """## GPU

`make bench-gpu` has not finished on any GPU yet, so there are no figures of speed. What was seen of
the CUDA path, and why nobody should choose it yet, is told in
[operations](operations.md#on-a-gpu).
"""

_ALIKE = ("pack", "runs on", "canary", "lowest cosine to the CPU", "boxes differ by, px")


def render(document: dict[str, Any] | None) -> str:
    """Return the section; without figures it says that there are none."""
    if document is None:
        return _NONE
    packs = document["packs"]
    return f"""## GPU

`make bench-gpu`, {document["date"]}, commit {document["commit"]}, {document["gpu"]}.

{table(_ALIKE, _alike(packs))}

Photos a second, and of one photo the milliseconds of each stage, by photos in a batch:

{table(["pack", "on", "photos", "in a batch", "photos a second", *STAGES], _speeds(packs))}

MiB that two networks hold of the card, by the bound of each:

{table(["pack", "bound", "held", "lowest cosine to the CPU"], _bounds(packs))}

MiB in use of the card over batches of odd sizes:

{table(["pack", "batches", "first tenth, highest", "last tenth, highest", "grown"], _memory(packs))}
"""


def _alike(packs: dict[str, Any]) -> Iterator[list[object]]:
    for name, one in packs.items():
        cosine = f"{one['lowest cosine to CPU']:.5f}"
        yield [name, one["engine"], one["start"]["canary"], cosine, one["boxes differ by, px"]]


def _speeds(packs: dict[str, Any]) -> Iterator[list[object]]:
    for name, one in packs.items():
        for place, kinds in one["speed"].items():
            for kind, batches in kinds.items():
                for count, figures in batches.items():
                    stages = [figures[stage] for stage in STAGES]
                    yield [name, place, kind, count, figures["photos a second"], *stages]


def _bounds(packs: dict[str, Any]) -> Iterator[list[object]]:
    for name, one in packs.items():
        for bound, held in one["bounds"].items():
            yield [name, bound, held["held"], f"{held['lowest cosine to CPU']:.5f}"]


def _memory(packs: dict[str, Any]) -> Iterator[list[object]]:
    for name, one in packs.items():
        memory = one["memory"]
        yield [name, *(memory[part] for part in ("batches", "first", "last", "grown"))]
