"""All figures of one pack on this machine, for the model report."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.measures import batches, detector_sizes, int8, memory, stages
from benchmarks.measures.accuracy import across, all_pairs, spread, summary
from benchmarks.measures.machine import Machine, one_core
from benchmarks.measures.work import gmacs
from benchmarks.subjects import shipped
from benchmarks.subjects.crops import crops_of
from benchmarks.subjects.packs_at_hand import AtHand
from benchmarks.subjects.photographs import as_thumbnail, pixels
from deployments.messages.embedder import Vector
from deployments.vision.engines import EngineWish
from deployments.vision.pipeline import Pipeline
from evaluation.separation import person_in

ENGINES: tuple[EngineWish, ...] = ("onnxruntime", "openvino", "auto")

_TIMED_PORTRAITS = 40


def measure(
    at_hand: AtHand, machine: Machine, portraits: Sequence[Path], say: Callable[[str], None]
) -> dict[str, Any]:
    """Return the figures by name; two to three minutes for 204 portraits."""
    figures = {"dimension": at_hand.pack.dimension, "licence": at_hand.pack.licence}
    steps: dict[str, Callable[[], Any]] = {
        "roof": lambda: _roof(at_hand, machine),
        "memory": lambda: _memory(at_hand, portraits[0]),
        "engines": lambda: _engines(at_hand, portraits[:_TIMED_PORTRAITS]),
        "accuracy": lambda: _accuracy(at_hand, portraits),
        "detector sizes": lambda: detector_sizes.of(at_hand.pack, portraits),
        "batches": lambda: _batches(at_hand, portraits),
        "int8": lambda: _int8(at_hand, portraits),
    }
    with one_core():
        for name, step in steps.items():
            say(f"{at_hand.name}: {name}")
            figures[name] = step()
    return figures


def _roof(at_hand: AtHand, machine: Machine) -> dict[str, Any]:
    """Return 10⁹ multiply-adds of each network at each of its shapes, and what a core needs."""
    work = {
        f"{role} {shape[-1]}": gmacs(at_hand.plain / f"{role}.onnx", shape)
        for role, shapes in shipped.shapes().items()
        for shape in shapes
    }
    return {
        name: {"GMAC": amount, "CPU ms": machine.roof_ms(amount)} for name, amount in work.items()
    }


def _memory(at_hand: AtHand, portrait: Path) -> dict[str, float]:
    data = portrait.read_bytes()
    return {engine: memory.pss_megabytes(at_hand.pack, data, engine) for engine in ENGINES}


def _engines(at_hand: AtHand, portraits: Sequence[Path]) -> dict[str, Any]:
    pipelines: dict[str, Pipeline] = {
        engine: shipped.open_pipeline(at_hand.pack, engine=engine) for engine in ENGINES
    }
    return stages.of(pipelines, portraits)


def _accuracy(at_hand: AtHand, portraits: Sequence[Path]) -> dict[str, Any]:
    """Compare portraits with each other, and with poor thumbnails of them, which is hard.

    Every pair of portraits; and each person's first portrait with everybody's second, shrunk.
    """
    pipeline = shipped.open_pipeline(at_hand.pack)
    people = [person_in(path) for path in portraits]
    vectors = [_vector(pipeline, path.read_bytes()) for path in portraits]
    shrunk = [_vector(pipeline, as_thumbnail(path.read_bytes())) for path in portraits[1::2]]
    compared = all_pairs(vectors, people)
    return {
        "portraits": summary(compared),
        "thumbnails": summary(across(vectors[::2], shrunk, people[::2])),
        "thumbnails without a face": sum(vector is None for vector in shrunk),
        "spread": {"genuine": spread(compared.genuine), "impostor": spread(compared.impostor)},
    }


def _vector(pipeline: Pipeline, data: bytes) -> Vector | None:
    return shipped.vector_of(pipeline, data, shipped.IDENTIFY)


def _batches(at_hand: AtHand, portraits: Sequence[Path]) -> dict[str, Any]:
    most = portraits[: max(batches.FACES)]
    crops = crops_of(shipped.open_pipeline(at_hand.pack), most)
    return {
        "recogniser": batches.of_recogniser(at_hand.pack, crops),
        "detector": batches.of_detector(at_hand.pack, pixels(most[0].read_bytes())),
    }


def _int8(at_hand: AtHand, portraits: Sequence[Path]) -> dict[str, Any]:
    crops = crops_of(shipped.open_pipeline(at_hand.pack), portraits)
    people = [person_in(path) for path in portraits]
    with TemporaryDirectory(prefix="fg-") as folder:
        return int8.of(at_hand.pack, crops, people, Path(folder))
