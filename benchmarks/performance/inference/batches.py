"""Photos a second and CPU a photo of the whole pipeline, by engine, threads and photos in a run."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

from benchmarks.measures.race import Lap, race
from benchmarks.measures.stages import counting_cpu, medians
from benchmarks.performance.inference.rivals import ENGINES
from benchmarks.subjects import shipped
from benchmarks.subjects.packs_at_hand import AtHand
from deployments.messages.embedder import Analysis
from deployments.vision.pipeline import Pipeline

THREADS = (1, 2)
PHOTOS_IN_A_RUN = (1, 4, 8)
_PHOTOS = 32
_QUICK_PHOTOS = 8
_LEAST_RUNS = 3

Row = dict[str, Any]
Run = Callable[[Sequence[bytes]], list[Analysis]]


def measure(at_hand: AtHand, photos: Sequence[bytes], *, quick: bool) -> list[Row]:
    """Return a row for each engine, threads and size of run; engines take turns."""
    wanted = _QUICK_PHOTOS if quick else _PHOTOS
    rows: list[Row] = []
    for threads in THREADS:
        runs = {
            str(engine): _run(shipped.open_pipeline(at_hand.pack, engine=engine, threads=threads))
            for engine in ENGINES
        }
        for count in PHOTOS_IN_A_RUN:
            with counting_cpu():
                laps = race(runs, runs_of(photos, count, wanted), warm_up=1)
            rows += [row(engine, threads, count, lap) for engine, lap in laps.items()]
    return rows


def runs_of(photos: Sequence[bytes], count: int, wanted: int) -> list[list[bytes]]:
    """Deal photos into runs of so many, until as many as wanted are dealt, three runs at least."""
    runs = max(_LEAST_RUNS, wanted // count)
    return [
        [photos[(run * count + at) % len(photos)] for at in range(count)] for run in range(runs)
    ]


def row(engine: str, threads: int, count: int, lap: Lap[list[Analysis]]) -> Row:
    """Return what a photo took, the stages by the CPU's clock, from runs of so many."""
    wall = lap.wall_milliseconds / count
    return {
        "engine": engine,
        "threads": threads,
        "photos in a run": count,
        "CPU ms": lap.milliseconds / count,
        "wall ms": wall,
        "photos a second": 1000 / wall,
        "stages": medians([analysis for run in lap.results for analysis in run]),
    }


def least_cpu(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the row in which a photo costs the least of the CPU."""
    return min(rows, key=lambda each: float(each["CPU ms"]))


def gains(rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Return what a second thread does to a photo, by engine and size of run: wall and CPU."""
    by = {(each["engine"], each["threads"], each["photos in a run"]): each for each in rows}
    one, two = THREADS
    return [
        {
            "engine": engine,
            "photos in a run": count,
            "times as many": by[engine, two, count]["photos a second"]
            / by[engine, one, count]["photos a second"],
            "times the CPU": by[engine, two, count]["CPU ms"] / by[engine, one, count]["CPU ms"],
        }
        for engine, count in product(ENGINES, PHOTOS_IN_A_RUN)
        if (engine, two, count) in by
    ]


def _run(pipeline: Pipeline) -> Run:
    def analyse(photos: Sequence[bytes]) -> list[Analysis]:
        results = pipeline.analyse([shipped.asking(shipped.IDENTIFY, data) for data in photos])
        for result in results:
            if isinstance(result, Exception):
                raise result
        return [result for result in results if isinstance(result, Analysis)]

    return analyse
