"""One pack's contests: our pipeline against stock, our sessions against OpenVINO's own loop."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measures import findings
from benchmarks.measures.accuracy import RATES, Comparisons, across, all_pairs, rate, summary
from benchmarks.measures.findings import Finding
from benchmarks.measures.machine import Machine, one_core
from benchmarks.measures.network_loop import openvino_loop, session_loop
from benchmarks.measures.race import Lap, Ratio, race, speed_up
from benchmarks.measures.work import gmacs
from benchmarks.subjects import shipped, stock
from benchmarks.subjects.packs_at_hand import AtHand
from benchmarks.subjects.photographs import as_phone, as_thumbnail
from deployments.messages.embedder import Photo, Vector
from deployments.vision.engines import Shape
from deployments.vision.packs import Role
from deployments.vision.pipeline import Pipeline
from evaluation.separation import person_in

STOCK, FULL, SHIPPED = "stock", "ours at 640", "ours as shipped"
# Keys of the result file.
STOCK_BY_THREADS = "stock, CPU ms a photo by threads"
PHOTO_MILLISECONDS = "CPU ms a photo"
NETWORK_MILLISECONDS = "networks, CPU ms a run"
ACCURACY = "accuracy"

_RUNS_OF_A_NETWORK = 80
_PROBED_PHOTOS = 12

Embedder = Callable[[bytes], Vector | None]


@dataclass(frozen=True, slots=True)
class Contest:
    """What a pack's contests gave: rows for the table, and all figures by name."""

    findings: list[Finding]
    figures: dict[str, Any]


def hold(at_hand: AtHand, machine: Machine, portraits: Sequence[Path]) -> Contest:
    """Run every contest of a pack; about two minutes for 204 portraits."""
    probed = threads_of_stock(at_hand, portraits[:_PROBED_PHOTOS])
    with one_core():
        rivals = _rivals(at_hand)
        small = race(rivals, (path.read_bytes() for path in portraits))
        hard = race(rivals, (as_thumbnail(path.read_bytes()) for path in portraits[1::2]))
        large = race(rivals, (as_phone(path.read_bytes()) for path in portraits))
        networks, shares = _networks(at_hand, machine)
    people = [person_in(path) for path in portraits]
    compared = {
        name: {
            "portraits": all_pairs(lap.results, people),
            "thumbnails": across(lap.results[::2], hard[name].results, people[::2]),
        }
        for name, lap in small.items()
    }
    told = [
        *_speeds(at_hand.name, "512 px", small),
        *_speeds(at_hand.name, "3000 px", large),
        *_accuracies(at_hand.name, compared[STOCK], compared[SHIPPED]),
        findings.at_most(at_hand.name, "networks alone: time in OpenVINO's own", 1.1, shares),
    ]
    figures = {
        STOCK_BY_THREADS: probed,
        PHOTO_MILLISECONDS: {"512 px": _milliseconds(small), "3000 px": _milliseconds(large)},
        NETWORK_MILLISECONDS: networks,
        ACCURACY: {
            name: {task: summary(comparisons) for task, comparisons in tasks.items()}
            for name, tasks in compared.items()
        },
    }
    return Contest(told, figures)


def _milliseconds(laps: Mapping[str, Lap[Vector | None]]) -> dict[str, float]:
    return {name: lap.milliseconds for name, lap in laps.items()}


def threads_of_stock(at_hand: AtHand, portraits: Sequence[Path]) -> dict[str, float]:
    """Return stock's CPU milliseconds a photo with one thread and with all cores, its default.

    More threads can answer sooner, but the cores' time is what a machine is bought for, and of
    that they only take more; so the contests give stock one thread. These two run one after the
    other: a pool of threads spins on after its work, and would be counted with its rival's.
    """
    return {
        name: _alone(_stock(at_hand, threads=threads), portraits)
        for name, threads in (("one", 1), ("default", 0))
    }


def _alone(embed: Embedder, portraits: Sequence[Path]) -> float:
    laps = race({"alone": embed}, (path.read_bytes() for path in portraits))
    return laps["alone"].milliseconds


def _rivals(at_hand: AtHand) -> dict[str, Embedder]:
    full = shipped.open_pipeline(at_hand.pack, detector_size=stock.SIDE, second_look=False)
    return {
        STOCK: _stock(at_hand, threads=1),
        FULL: _ours(full, Photo(b"", embed="all")),
        SHIPPED: _ours(shipped.open_pipeline(at_hand.pack), shipped.IDENTIFY),
    }


def _stock(at_hand: AtHand, *, threads: int) -> Embedder:
    opened = stock.open_stock(at_hand.pack, at_hand.plain, threads=threads)

    def embed(data: bytes) -> Vector | None:
        face = stock.largest(opened(data))
        return face.vector if face else None

    return embed


def _ours(pipeline: Pipeline, wish: Photo) -> Embedder:
    return lambda data: shipped.vector_of(pipeline, data, wish)


def _speeds(pack: str, photos: str, laps: dict[str, Lap[Vector | None]]) -> Iterable[Finding]:
    taken = {name: lap.seconds for name, lap in laps.items()}
    for name, times, likeness in ((FULL, 2.0, 0.999), (SHIPPED, 3.0, 0.99)):
        faster = speed_up(taken[STOCK], taken[name])
        alike = least_cosine(laps[STOCK].results, laps[name].results)
        yield findings.at_least(pack, f"{name}: times stock, {photos}", times, faster)
        yield findings.at_least(pack, f"{name}: least cosine to stock, {photos}", likeness, alike)


def least_cosine(stock: Sequence[Vector | None], ours: Sequence[Vector | None]) -> float:
    """Return the cosine of the two vectors of a photo where they differ most.

    A face that one of the two does not find counts as a cosine of 0, unless neither does.
    """
    pairs = [pair for pair in zip(stock, ours, strict=True) if any(one is not None for one in pair)]
    return min(0.0 if a is None or b is None else float(a @ b) for a, b in pairs)


def _accuracies(
    pack: str, stocks: Mapping[str, Comparisons], ours: Mapping[str, Comparisons]
) -> Iterable[Finding]:
    for task, fmr in product(stocks, RATES):
        lost = rate(ours[task], fmr).fnmr - rate(stocks[task], fmr).fnmr
        what = f"{SHIPPED}: FNMR at FMR {fmr:g}, more than stock's, {task}"
        yield findings.at_most(pack, what, 0.0, lost)


def _networks(at_hand: AtHand, machine: Machine) -> tuple[dict[str, Any], Ratio]:
    """Time both networks on the shapes shipped; the share is of their sum, run by run."""
    laps = {
        (role, shape): _network(at_hand, role, shape)
        for role, shapes in shipped.shapes().items()
        for shape in shapes
    }
    figures = {
        f"{role} {shape[-1]}": {
            "roof": machine.roof_ms(gmacs(at_hand.plain / f"{role}.onnx", shape)),
            **{name: lap.milliseconds for name, lap in rivals.items()},
        }
        for (role, shape), rivals in laps.items()
    }
    ours, own = (
        np.sum([rivals[name].seconds for rivals in laps.values()], axis=0)
        for name in ("ours", "openvino")
    )
    return figures, speed_up(ours, own)


def _network(at_hand: AtHand, role: Role, shape: Shape) -> dict[str, Lap[None]]:
    rivals = {
        "ours": session_loop(shipped.open_session(at_hand.pack, role), shape),
        "openvino": openvino_loop(at_hand.plain / f"{role}.onnx", shape),
    }
    return race(rivals, range(_RUNS_OF_A_NETWORK))
