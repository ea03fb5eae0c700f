"""Ours and stock on the same photos, photo by photo in turns, each with one thread on one core.

Twice the same, so that noise is seen, and once more with pipelines that tell their stages by the
CPU's clock, which costs a little; stock tells of none. `ours at 640` looks once, at the size stock
looks at, and so gives stock's vectors; `ours as shipped` looks quickly and then closely, and what
that does to vectors is told in docs/models.md.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.measures.machine import one_core
from benchmarks.measures.race import Lap, race
from benchmarks.measures.stages import counting_cpu, medians
from benchmarks.subjects import shipped, stock
from benchmarks.subjects.packs_at_hand import AtHand
from deployments.messages.embedder import Analysis, Photo
from deployments.vision.engines import EngineWish
from deployments.vision.pipeline import Pipeline

STOCK, FULL, SHIPPED = "stock", "ours at 640", "ours as shipped"
ENGINES: tuple[EngineWish, ...] = ("onnxruntime", "openvino")
RUNS = 2
_EVERY_FACE = Photo(b"", embed="all")

Found = dict[str, Any]
Laps = Mapping[str, Lap[Analysis | None]]
Rival = Callable[[bytes], Analysis | None]


class Rivals:
    """Everybody who races, opened once: stock, ours at 640, ours as shipped, ours on each engine.

    What is shipped takes for each network the engine that is faster on this machine.
    """

    def __init__(self, at_hand: AtHand) -> None:
        full = shipped.open_pipeline(at_hand.pack, detector_size=stock.SIDE, second_look=False)
        as_shipped = shipped.open_pipeline(at_hand.pack)
        self.engine = as_shipped.card.engine
        self._rivals: dict[str, Rival] = {
            STOCK: _stock(at_hand),
            FULL: _ours(full, _EVERY_FACE),
            SHIPPED: _ours(as_shipped, shipped.IDENTIFY),
            **{
                f"ours on {engine}": _ours(
                    shipped.open_pipeline(at_hand.pack, engine=engine), shipped.IDENTIFY
                )
                for engine in ENGINES
            },
        }

    def race(self, photos: Sequence[bytes]) -> list[Found]:
        """Return the figures of identical runs, by rival."""
        with one_core():
            raced = [race(self._rivals, photos) for _ in range(RUNS)]
            with counting_cpu():
                staged = race(self._rivals, photos)
        return [_figures(laps, staged) for laps in raced]


def _stock(at_hand: AtHand) -> Rival:
    opened = stock.open_stock(at_hand.pack, at_hand.plain, threads=1)

    def find(data: bytes) -> None:
        opened(data)

    return find


def _ours(pipeline: Pipeline, wish: Photo) -> Rival:
    def find(data: bytes) -> Analysis:
        return shipped.analyse(pipeline, shipped.asking(wish, data))

    return find


def _figures(laps: Laps, staged: Laps) -> Found:
    return {
        name: {
            "CPU ms": lap.milliseconds,
            "wall ms": lap.wall_milliseconds,
            "photos a second": 1000 / lap.wall_milliseconds,
            "stages": _stages(staged[name]),
        }
        for name, lap in laps.items()
    }


def _stages(lap: Lap[Analysis | None]) -> Found | None:
    analyses = [each for each in lap.results if each is not None]
    return medians(analyses) if analyses else None


def times_stock(runs: Sequence[Found], rival: str) -> list[float]:
    """Return how many times stock's CPU a rival saves, in each of the identical runs."""
    return [float(run[STOCK]["CPU ms"]) / float(run[rival]["CPU ms"]) for run in runs]
