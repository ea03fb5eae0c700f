"""The limit: the same pipeline on the same photos in one process a core, and no HTTP at all."""

import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from time import perf_counter

import numpy as np

from benchmarks.measures.clock import cpu_seconds
from benchmarks.subjects import shipped
from deployments.vision.packs import Pack


@dataclass(frozen=True, slots=True)
class Bare:
    """Photos a second of all processes together; of one photo the CPU time and the median time."""

    rate: float
    cpu_ms: float
    p50_ms: float


@dataclass(frozen=True, slots=True)
class Share:
    """What one process did: the seconds of each photo, on the wall and of the CPU in all."""

    taken: list[float]
    elapsed: float
    cpu: float


def run(photos: Sequence[bytes], pack: Pack, *, processes: int, seconds: float) -> Bare:
    """Let each process analyse the photos in turn, one at a time, as identify asks for them."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes) as pool:
        work = [(tuple(photos), pack, seconds)] * processes
        return together(pool.starmap(_one_process, work, chunksize=1))


def together(shares: Sequence[Share]) -> Bare:
    """Add processes up that ran side by side."""
    taken = [each for share in shares for each in share.taken]
    return Bare(
        rate=sum(len(share.taken) / share.elapsed for share in shares),
        cpu_ms=1000 * sum(share.cpu for share in shares) / len(taken),
        p50_ms=1000 * float(np.median(taken)),
    )


def _one_process(photos: Sequence[bytes], pack: Pack, seconds: float) -> Share:
    pipeline = shipped.open_pipeline(pack)
    shipped.identified(pipeline, photos[0])
    taken = list[float]()
    began, cpu = perf_counter(), cpu_seconds()
    for at in count():
        if (now := perf_counter()) - began >= seconds:
            break
        shipped.identified(pipeline, photos[at % len(photos)])
        taken.append(perf_counter() - now)
    return Share(taken, perf_counter() - began, cpu_seconds() - cpu)
