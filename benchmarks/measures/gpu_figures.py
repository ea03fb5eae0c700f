"""What one pack does on a GPU: its answers beside the CPU's, its speed, its memory over time."""

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from benchmarks.measures import card, gpu_memory, gpu_refusals, gpu_speed
from benchmarks.measures.gpu_speed import EVERY_FACE, analyses_of
from benchmarks.measures.likeness import compared
from deployments.messages.embedder import Photo
from deployments.vision.canary import CanaryFailed
from deployments.vision.packs import Pack
from deployments.vision.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Photographs:
    """What is shown, as JPEG: photos of several sizes, portraits of one size, a group of six."""

    mixed: Sequence[bytes]
    portraits: Sequence[bytes]
    group: bytes

    @property
    def wished(self) -> list[Photo]:
        """The photos of several sizes, with every face of each wanted."""
        return [Photo(data, EVERY_FACE.max_faces, EVERY_FACE.embed) for data in self.mixed]


def measure_apart(pack: Pack, photographs: Photographs, batches: int) -> dict[str, Any]:
    """Measure in a process of its own: CUDA's memory goes with it. Raises DeviceUnavailable."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        return fresh.submit(measure, pack, photographs, batches).result()


def measure(pack: Pack, photographs: Photographs, batches: int) -> dict[str, Any]:
    """Return all figures of a pack; raises DeviceUnavailable."""
    idle = card.mebibytes_in_use()
    on_gpu, on_cpu = Pipeline(pack, device="cuda", gpu_granted=True), Pipeline(pack, device="cpu")
    started = _started(on_gpu) | {"with CUDA's own, MiB": card.mebibytes_in_use() - idle}
    photos = photographs.wished
    expected = analyses_of(on_cpu, photos)
    return {
        "engine": on_gpu.card.engine,
        "engine on the CPU": on_cpu.card.engine,
        "start": started,
        **compared(expected, analyses_of(on_gpu, photos)),
        "speed": _speed(on_gpu, on_cpu, photographs),
        "bounds": gpu_memory.within_bounds(pack, photos, expected),
        "memory": gpu_memory.over_odd_batches(on_gpu, photos, batches),
        "without a GPU": gpu_refusals.told(pack),
    }


def _started(pipeline: Pipeline) -> dict[str, Any]:
    """Warm up; a canary that fails is told of, and what there is to measure is measured."""
    began, canary = perf_counter(), "passed"
    try:
        pipeline.warm_up()
    except CanaryFailed as failed:
        canary = str(failed)
    return {"canary": canary, "warm-up, s": perf_counter() - began}


def _speed(on_gpu: Pipeline, on_cpu: Pipeline, photographs: Photographs) -> dict[str, Any]:
    return {
        name: gpu_speed.of(pipeline, photographs.portraits, photographs.group)
        for name, pipeline in {"GPU": on_gpu, "CPU, one thread": on_cpu}.items()
    }
