"""Where a network runs: on which device, in which engine, on exactly the threads it was given.

Nothing here falls back in silence: what was asked for and cannot be had is an error at the start.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

DeviceWish = Literal["auto", "cpu", "cuda", "tensorrt"]
Device = Literal["cpu", "cuda", "tensorrt"]
EngineWish = Literal["auto", "onnxruntime", "openvino"]
Engine = Literal["onnxruntime", "openvino"]
Shape = tuple[int, ...]

PROVIDERS: Final[dict[Device, str]] = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
}


class DeviceUnavailable(Exception):
    """The device or engine asked for cannot be used here; another is never taken in silence."""


class Port(NamedTuple):
    """An input or output of a network; an axis that is free has a name or -1."""

    name: str
    shape: Sequence[int | str]


class Session(Protocol):
    """A network, loaded; what detector and recogniser ask of an engine."""

    def run(
        self, output_names: None, input_feed: dict[str, NDArray[np.float32]]
    ) -> list[NDArray[np.float32]]:
        """Run the network; outputs in the order of the graph."""

    def get_inputs(self) -> Sequence[Port]:
        """Return the inputs."""

    def get_outputs(self) -> Sequence[Port]:
        """Return the outputs."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a replica's networks run.

    `threads` holds for a CPU, `gpu_memory` (bytes, of each network) for a GPU.
    """

    device: Device
    engine: EngineWish
    threads: int
    gpu_memory: int = 2 * 2**30


def require_place(device: DeviceWish, engine: EngineWish, *, gpu_granted: bool) -> Device:
    """Return the device that wishes come to; raises DeviceUnavailable, one line for the operator.

    `auto` takes the GPU if the replica is granted one, or a share, and the CPU otherwise.
    """
    chosen: Device = ("cuda" if gpu_granted else "cpu") if device == "auto" else device
    if chosen != "cpu" and not gpu_granted:
        raise DeviceUnavailable(
            f"device {device} needs num_gpus for the Embedder: Ray hides GPUs it did not grant."
        )
    if chosen != "cpu":
        _require_gpu(chosen, engine, asked="num_gpus" if device == "auto" else f"device {device}")
    elif engine == "openvino" and not openvino_present():
        raise DeviceUnavailable("Engine openvino was asked for, and openvino is not installed.")
    return chosen


def openvino_present() -> bool:
    """Tell whether OpenVINO is installed; importing it takes a while and is put off."""
    return find_spec("openvino") is not None


def _require_gpu(device: Device, engine: EngineWish, *, asked: str) -> None:
    if engine == "openvino":
        raise DeviceUnavailable(
            f"{asked} asks for a GPU, and engine openvino runs on a CPU: ask for one of them."
        )
    # It is needed for this question alone: a process that only asks about CPUs never loads it.
    from onnxruntime import get_available_providers

    if PROVIDERS[device] not in get_available_providers():
        raise DeviceUnavailable(
            f"{asked} asks for a GPU, and ONNX Runtime here has no {PROVIDERS[device]}: install "
            "onnxruntime-gpu (make setup-gpu), or set device: cpu and no num_gpus."
        )


def engine_label(engine: Engine, device: Device, version: str) -> str:
    """Return library, version and provider, as answers and metrics name them."""
    return f"{engine} {version} {PROVIDERS[device] if engine == 'onnxruntime' else 'CPU'}"


@dataclass(frozen=True, slots=True)
class Graphs:
    """The ONNX files of one network, which give the same outputs (rewriting.py).

    `common` takes any number of images and suits OpenVINO and GPUs, `rewritten` suits ONNX
    Runtime's kernels on a CPU.
    """

    common: Path
    rewritten: Path
    record: Path | None = None  # Where it may be written down which engine runs it faster.
