"""A replica without Ray: pipeline and batcher in a process of their own, asked by as many clients.

Between two spans it sleeps; a span says on which cores it is served, by batches of which size, and
when it begins, so that several replicas begin together.
"""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic

import psutil

from benchmarks.measures.clock import cpu_seconds
from benchmarks.subjects import shipped
from deployments.errors import FacegraphError
from deployments.messages.embedder import Analysis, Photo
from deployments.vision.batching import Batcher, Wanted
from deployments.vision.packs import Pack

Analyse = Callable[[Sequence[Photo], Wanted], list[Analysis | FacegraphError]]

BUDGET_SECONDS = 60.0  # No photo waits as long.
READY = "ready"


@dataclass(frozen=True, slots=True)
class Span:
    """What is to be served: which photos, how, from one instant of the monotonic clock to another.

    Clients begin `warm_up` seconds before; what is answered by then is not counted.
    """

    photos: str
    batch: int
    clients: int
    cores: tuple[int, ...]
    begins: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Served:
    """What became of a span: the latency of each photo, and CPU seconds of all its processes.

    `runs` are the instants at which a batch was done, each with its photos.
    """

    latencies: list[float]
    cpu_seconds: float
    runs: list[tuple[float, int]]

    @property
    def photos_a_second(self) -> float:
        """The pace from the end of the first batch to that of the last; there are two at least.

        Not of the span: there one batch of eight more or less would make a tenth.
        """
        (first, _), *rest = self.runs
        return sum(photos for _, photos in rest) / (rest[-1][0] - first)


def work(line: Connection, pack: Pack, threads: int, photos: Mapping[str, Sequence[bytes]]) -> None:
    """Serve span after span until the line ends."""
    pipeline = shipped.open_pipeline(pack, threads=threads)
    line.send(READY)
    with suppress(EOFError):
        while True:
            span: Span = line.recv()
            keep_to(span.cores)
            line.send(asyncio.run(_serve(pipeline.analyse, span, photos[span.photos])))


def keep_to(cores: Sequence[int]) -> None:
    """Keep every thread of this process, and of those it started, to the cores."""
    own = psutil.Process()
    for process in [own, *own.children(recursive=True)]:
        for task in Path(f"/proc/{process.pid}/task").iterdir():
            with suppress(ProcessLookupError):
                os.sched_setaffinity(int(task.name), cores)


async def _serve(analyse: Analyse, span: Span, photos: Sequence[bytes]) -> Served:
    runs: list[tuple[float, int]] = []

    def noted(batch: Sequence[Photo], wanted: Wanted) -> list[Analysis | FacegraphError]:
        results = analyse(batch, wanted)
        runs.append((monotonic(), len(batch)))
        return results

    batcher = Batcher[Photo, Analysis](
        noted,
        lambda _: None,
        max_batch_size=span.batch,
        max_wait_seconds=0.0,
        max_queued=span.clients,
    )
    latencies: list[float] = []
    numbers = count()
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(span.clients):
                group.create_task(_client(batcher, span, photos, numbers, latencies))
            await asyncio.sleep(max(0.0, span.begins - monotonic()))
            began = cpu_seconds()
            await asyncio.sleep(max(0.0, span.begins + span.seconds - monotonic()))
            spent = cpu_seconds() - began
    finally:
        await batcher.close()
    within = [run for run in runs if 0 <= run[0] - span.begins < span.seconds]
    return Served(latencies, spent, within)


async def _client(
    batcher: Batcher[Photo, Analysis],
    span: Span,
    photos: Sequence[bytes],
    numbers: "count[int]",
    latencies: list[float],
) -> None:
    while (asked := monotonic()) < span.begins + span.seconds:
        photo = shipped.asking(shipped.IDENTIFY, photos[next(numbers) % len(photos)])
        await batcher.submit(photo, BUDGET_SECONDS)
        if span.begins <= (answered := monotonic()) < span.begins + span.seconds:
            latencies.append(answered - asked)
