"""Where a network runs: ONNX Runtime, on exactly the threads or the GPU a replica was given."""

from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

DeviceWish = Literal["auto", "cpu", "cuda"]
Device = Literal["cpu", "cuda"]

_PROVIDERS: dict[Device, str] = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
_ERRORS_ONLY = 3


class DeviceUnavailable(Exception):
    """The device asked for cannot be used here; another is never taken in silence."""


class Session(Protocol):
    """What detector and recogniser ask of an engine; insightface asks for the same three."""

    def run(
        self, output_names: list[str] | None, input_feed: dict[str, NDArray[np.float32]]
    ) -> list[NDArray[np.float32]]:
        """Run the network; outputs in the order of their names."""

    def get_inputs(self) -> list[Any]:
        """Return the inputs, each with `name` and `shape`."""

    def get_outputs(self) -> list[Any]:
        """Return the outputs, each with `name` and `shape`."""


def choose_device(wish: DeviceWish, *, gpu_granted: bool) -> Device:
    """Turn a wish into a device; `auto` takes the GPU only if this replica was granted one."""
    present = _PROVIDERS["cuda"] in onnxruntime.get_available_providers()
    if wish == "cuda" and not present:
        raise DeviceUnavailable("Device cuda was asked for, but ONNX Runtime here has no CUDA.")
    if wish == "auto":
        return "cuda" if present and gpu_granted else "cpu"
    return wish


def open_session(path: Path, *, threads: int, device: Device) -> Session:
    """Open a network on one device, with `threads` threads inside an operator and one beside it."""
    provider = _PROVIDERS[device]
    opened = onnxruntime.InferenceSession(path, _options(threads), providers=[provider])
    # Where CUDA is installed but does not start, ONNX Runtime would go on with the CPU.
    if opened.get_providers()[0] != provider:
        raise DeviceUnavailable(f"Device {device} was asked for, but ONNX Runtime cannot use it.")
    session: Session = opened
    return session


def engine_name(device: Device) -> str:
    """Return the engine as the model card names it."""
    return f"onnxruntime {onnxruntime.__version__} {_PROVIDERS[device]}"


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Spinning threads would burn the CPU that another replica on this machine was given.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Packs as published declare a batch of one; a warning a run about that helps nobody.
    options.log_severity_level = _ERRORS_ONLY
    return options
