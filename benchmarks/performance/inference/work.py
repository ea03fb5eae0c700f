"""Milliseconds each 10⁹ multiply-adds take, by the kind of network: what other packs are told from.

Separable convolutions are those of the pack at hand; dense ones those of a network of IResNet-50's
shape. The default pack, measured too, shows how far another pack's time can be told so.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.measures.machine import one_core
from benchmarks.measures.network_loop import session_loop
from benchmarks.measures.race import race
from benchmarks.measures.stages import counting_cpu, medians
from benchmarks.measures.work import gmacs
from benchmarks.performance.inference import iresnet
from benchmarks.subjects import shipped
from benchmarks.subjects.packs_at_hand import AtHand
from deployments.vision.catalogue import DEFAULT
from deployments.vision.engines import Place
from deployments.vision.fastest import open_network
from deployments.vision.finding import CLOSE_SIZE, QUICK_SIZE
from deployments.vision.graphs import graphs_at
from deployments.vision.packs import sha256_of
from deployments.vision.preparation import prepare

LOOKS = (QUICK_SIZE, CLOSE_SIZE)  # What identify shows the detector of a portrait: two squares.
_RUNS = 12
_QUICK_RUNS = 3

Found = dict[str, Any]


def counted(at_hand: AtHand) -> Found:
    """Return the multiply-adds of a photo of one face in the networks of the pack at hand."""
    detector, recogniser = (at_hand.plain / f"{role}.onnx" for role in ("detector", "recogniser"))
    looks = [gmacs(detector, (1, 3, side, side)) for side in LOOKS]
    return {
        "detector": sum(looks),
        "recogniser": gmacs(recogniser, (1, 3, iresnet.SIDE, iresnet.SIDE)),
        "detector pixels": sum(side**2 for side in LOOKS),
    }


def dense(folder: Path, *, quick: bool) -> Found:
    """Return multiply-adds and CPU ms of a run of the dense network, on the engine that wins."""
    path = folder / "iresnet-50-shaped.onnx"
    iresnet.write(path)
    shape = (1, 3, iresnet.SIDE, iresnet.SIDE)
    graphs = graphs_at(path, folder, sha256_of(path))
    session, engine = open_network(graphs, Place("cpu", shipped.arguments().engine, 1), [shape])
    runs = range(_QUICK_RUNS if quick else _RUNS)
    with one_core():
        lap = race({"dense": session_loop(session, shape)}, runs)["dense"]
    return {"engine": engine, "gmacs": gmacs(path, shape), "CPU ms": lap.milliseconds}


def default_pack(folder: Path, photos: Sequence[bytes]) -> Found:
    """Return the stages of the default pack on the same photos, one thread."""
    pipeline = shipped.open_pipeline(prepare(DEFAULT, folder))
    with one_core(), counting_cpu():
        lap = race({"": lambda data: shipped.identified(pipeline, data)}, photos)[""]
    return {"engine": pipeline.card.engine, "stages": medians(lap.results)}
