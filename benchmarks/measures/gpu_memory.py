"""What networks hold of a GPU: over batches of odd sizes, and within less than they would take."""

from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.measures import card
from benchmarks.measures.gpu_speed import analyses_of
from benchmarks.measures.likeness import compared
from deployments.messages.embedder import Analysis, Photo
from deployments.vision.packs import Pack
from deployments.vision.pipeline import Pipeline

BOUNDS = (256, 512, 2048)  # MiB a network, from the least that `gpu_memory_gib` may be.
_MOST_AT_ONCE = 15
_LOOKS_AT_MEMORY = 60

Read = Callable[[], float]


def within_bounds(
    pack: Pack, photos: Sequence[Photo], expected: Sequence[Analysis]
) -> dict[str, dict[str, float]]:
    """Return, by the bound of a network in MiB, what both hold, and how their answers differ.

    This process holds CUDA's own memory by then: it is not counted. An arena never shrinks, so
    what is held at the end is the most.
    """
    return {str(bound): _within(bound, pack, photos, expected) for bound in BOUNDS}


def over_odd_batches(pipeline: Pipeline, photos: Sequence[Photo], batches: int) -> dict[str, float]:
    """Watch the card over so many batches of 1 to 15 photos, drawn anew each time."""
    chance = np.random.default_rng(0)

    def run(_: int) -> None:
        picks = chance.integers(0, len(photos), chance.integers(1, _MOST_AT_ONCE + 1))
        analyses_of(pipeline, [photos[at] for at in picks])

    return watched(run, card.mebibytes_in_use, batches)


def watched(run: Callable[[int], None], read: Read, batches: int) -> dict[str, float]:
    """Run so many batches and return the highest memory of the first tenth and of the last."""
    every = max(1, batches // _LOOKS_AT_MEMORY)
    seen = []
    for at in range(batches):
        run(at)
        if at % every == every - 1:
            seen.append(read())
    tenth = max(1, len(seen) // 10)
    first, last = max(seen[:tenth]), max(seen[-tenth:])
    return {"batches": batches, "first": first, "last": last, "grown": last - first}


def _within(
    bound: int, pack: Pack, photos: Sequence[Photo], expected: Sequence[Analysis]
) -> dict[str, float]:
    before = card.mebibytes_in_use()
    pipeline = Pipeline(pack, device="cuda", gpu_granted=True, gpu_memory=bound * 2**20)
    pipeline.warm_up()
    answers = analyses_of(pipeline, photos)
    return {"held": card.mebibytes_in_use() - before} | compared(expected, answers)
