"""What one pack does on a GPU: its answers beside the CPU's, its speed, its memory over time."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from deployments.messages import Analysis, Face, Photo
from deployments.vision.packs import Pack
from deployments.vision.pipeline import Pipeline

BATCHES = (1, 2, 4, 8, 16, 32, 64)
_RUNS = 10
_MOST_AT_ONCE = 15
_LOOKS_AT_MEMORY = 60

Read = Callable[[], float]


def measure(pack: Pack, photos: Sequence[bytes], batches: int) -> dict[str, Any]:
    """Return all figures; `photos` are of several sizes. Raises DeviceUnavailable."""
    on_gpu = Pipeline(pack, device="cuda", gpu_granted=True)
    on_gpu.warm_up()
    alike = compared(_analysed(Pipeline(pack, device="cpu"), photos), _analysed(on_gpu, photos))
    return {
        "engine": on_gpu.card.engine,
        **alike,
        "photos a second": {str(count): _rate(on_gpu, photos, count) for count in BATCHES},
        "memory": watched(_odd_batches(on_gpu, photos), megabytes_in_use, batches),
    }


def compared(ours: Sequence[Analysis], theirs: Sequence[Analysis]) -> dict[str, float]:
    """Return how far the GPU's answers are from the CPU's, over the faces both found.

    Faces are paired by order, largest first, in photos where both found as many.
    """
    photos = list(zip(ours, theirs, strict=True))
    even = [(one, other) for one, other in photos if len(one.faces) == len(other.faces)]
    pairs = [pair for one, other in even for pair in zip(one.faces, other.faces, strict=True)]
    return {
        "photos with other faces": len(photos) - len(even),
        "lowest cosine to CPU": min((_cosine(*pair) for pair in pairs), default=0.0),
        "boxes differ by, px": max((_distance(*pair) for pair in pairs), default=0.0),
    }


def watched(run: Callable[[int], None], read: Read, batches: int) -> dict[str, float]:
    """Run so many batches and return the highest memory of the first tenth and of the last, MB."""
    every = max(1, batches // _LOOKS_AT_MEMORY)
    seen = []
    for at in range(batches):
        run(at)
        if at % every == every - 1:
            seen.append(read())
    tenth = max(1, len(seen) // 10)
    first, last = max(seen[:tenth]), max(seen[-tenth:])
    return {"batches": batches, "first": first, "last": last, "grown": last - first}


def megabytes_in_use() -> float:
    """Return what is in use of the first card, by all processes.

    Its processes are told by numbers that mean nothing inside a container, so none is picked out.
    """
    asked = ["--query-gpu=memory.used", "--format=csv,noheader,nounits", "--id=0"]
    return float(ask_nvidia(*asked))


def ask_nvidia(*arguments: str) -> str:
    """Return what nvidia-smi answers."""
    program = shutil.which("nvidia-smi") or "nvidia-smi"
    return subprocess.check_output([program, *arguments], text=True).strip()  # noqa: S603


def _analysed(pipeline: Pipeline, photos: Sequence[bytes]) -> list[Analysis]:
    results = pipeline.analyse([Photo(data, embed="all") for data in photos])
    return [result for result in results if isinstance(result, Analysis)]


def _rate(pipeline: Pipeline, photos: Sequence[bytes], count: int) -> float:
    batch = [Photo(data, max_faces=1, embed="largest") for data in islice(cycle(photos), count)]
    pipeline.analyse(batch)
    return count / median(_seconds(pipeline, batch) for _ in range(_RUNS))


def _seconds(pipeline: Pipeline, batch: Sequence[Photo]) -> float:
    began = perf_counter()
    pipeline.analyse(batch)
    return perf_counter() - began


def _odd_batches(pipeline: Pipeline, photos: Sequence[bytes]) -> Callable[[int], None]:
    """Return a run of a batch: 1 to 15 photos, drawn anew each time."""
    chance = np.random.default_rng(0)

    def run(_: int) -> None:
        picks = chance.integers(0, len(photos), chance.integers(1, _MOST_AT_ONCE + 1))
        pipeline.analyse([Photo(photos[at], embed="all") for at in picks])

    return run


def _cosine(one: Face, other: Face) -> float:
    if one.vector is None or other.vector is None:
        return 0.0
    return float(one.vector @ other.vector)


def _distance(one: Face, other: Face) -> float:
    return float(np.abs(np.subtract(one.bbox, other.bbox)).max())
