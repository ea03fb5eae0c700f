"""As many replicas as are tried at most, started once, and spans that some of them serve."""

import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from time import monotonic

import numpy as np

from benchmarks.performance.scaling.points import Point, Setting
from benchmarks.performance.scaling.worker import Served, Span, work
from deployments.vision.packs import Pack

CLIENTS = 16  # Of all replicas together: their queues are never empty.
WARM_UP_SECONDS = 0.3

Photos = Mapping[str, Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class Replicas:
    """The lines to replicas that are ready, by their number of threads."""

    lines: Mapping[int, Sequence[Connection]]
    cores: Sequence[int]

    def serve(self, setting: Setting, seconds: float) -> list[Served]:
        """Let the replicas of a setting serve a span together; one `Served` of each."""
        lines = self.lines[setting.threads][: setting.processes]
        span = Span(
            photos=setting.photos,
            batch=setting.batch,
            clients=max(1, CLIENTS // setting.processes),
            cores=tuple(self.cores[: setting.cores]),
            begins=monotonic() + WARM_UP_SECONDS,
            seconds=seconds,
        )
        for line in lines:
            line.send(span)
        return [line.recv() for line in lines]


@contextmanager
def replicas(
    pack: Pack, wanted: Mapping[int, int], cores: Sequence[int], photos: Photos
) -> Iterator[Replicas]:
    """Start so many replicas (values) of so many threads each (keys), and end them."""
    lines: dict[int, list[Connection]] = {threads: [] for threads in wanted}
    with ExitStack() as stack:
        # The first of its kind by itself, for it may race the engines for all that follow.
        for threads in wanted:
            lines[threads].append(stack.enter_context(_replica(pack, threads, photos)))
            lines[threads][0].recv()
        for threads, many in wanted.items():
            further = [stack.enter_context(_replica(pack, threads, photos)) for _ in range(1, many)]
            lines[threads] += further
        for line in [line for several in lines.values() for line in several[1:]]:
            line.recv()
        yield Replicas(lines, cores)


@contextmanager
def _replica(pack: Pack, threads: int, photos: Photos) -> Iterator[Connection]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(theirs, pack, threads, photos))
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        process.join()


def summed(served: Sequence[Served]) -> tuple[float, float, float, float]:
    """Return photos a second of all replicas together, p50 and p95 in ms, and CPU ms a photo."""
    latencies = 1000 * np.concatenate([np.array(each.latencies) for each in served])
    low, high = np.quantile(latencies, [0.5, 0.95])
    cpu = 1000 * sum(each.cpu_seconds for each in served) / len(latencies)
    return sum(each.photos_a_second for each in served), float(low), float(high), cpu


def point(setting: Setting, megapixels: float, rounds: Sequence[Sequence[float]]) -> Point:
    """Return the point of a setting from what `summed` said of each round: the medians."""
    rates = [each[0] for each in rounds]
    rate, half, most, cpu = (float(each) for each in np.median(np.array(rounds), axis=0))
    return Point(setting, megapixels, rate, half, most, cpu, (max(rates) - min(rates)) / rate)
