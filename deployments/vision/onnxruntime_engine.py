"""ONNX Runtime: on a CPU everywhere, and the only engine on a GPU."""

from typing import Any

import onnxruntime

from deployments.vision.engines import (
    PROVIDERS,
    DeviceUnavailable,
    Graphs,
    Place,
    Session,
    engine_label,
)

_ERRORS_ONLY = 3


def open_onnxruntime(graphs: Graphs, place: Place) -> tuple[Session, str]:
    """Open a network and name what runs it; raises DeviceUnavailable."""
    path = graphs.rewritten if place.device == "cpu" else graphs.common
    if place.device != "cpu":
        onnxruntime.preload_dlls()  # CUDA and cuDNN may come as wheels, where no loader looks.
    provider = PROVIDERS[place.device]
    opened = onnxruntime.InferenceSession(
        path, _options(place.threads), providers=_providers(graphs, place)
    )
    # Where CUDA is installed but does not start, ONNX Runtime would go on with the CPU.
    if opened.get_providers()[0] != provider:
        raise DeviceUnavailable(
            f"Device {place.device} was asked for, but ONNX Runtime cannot use it."
        )
    # Nor may it later: after a GPU's error it would go on with the CPU, and tell nobody.
    opened.disable_fallback()
    session: Session = opened
    return session, engine_label("onnxruntime", place.device, onnxruntime.__version__)


def _providers(graphs: Graphs, place: Place) -> list[tuple[str, dict[str, Any]]]:
    if place.device == "cpu":
        return [(PROVIDERS["cpu"], {})]
    cuda = (
        PROVIDERS["cuda"],
        {
            # Ray shows a replica only the GPU it was granted, so it is always the first.
            "device_id": 0,
            # The arena stays within its bound and grows by what is asked, not by doubling.
            "gpu_mem_limit": place.gpu_memory,
            "arena_extend_strategy": "kSameAsRequested",
            # An exhaustive search runs again for each new shape and takes workspace without bound.
            "cudnn_conv_algo_search": "HEURISTIC",
            "cudnn_conv_use_max_workspace": "0",
            # TF32 keeps ten bits of a product: other vectors than a CPU's.
            "use_tf32": "0",
        },
    )
    if place.device == "cuda":
        return [cuda]
    tensorrt = (
        PROVIDERS["tensorrt"],
        {
            "device_id": 0,
            "trt_max_workspace_size": place.gpu_memory,
            # Building an engine takes minutes, once.
            "trt_engine_cache_enable": True,
            "trt_engine_cache_path": str(graphs.rewritten.parent),
        },
    )
    return [tensorrt, cuda]


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Spinning threads would burn the CPU that another replica on this machine was given.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Packs as published declare a batch of one; a warning a run about that helps nobody.
    options.log_severity_level = _ERRORS_ONLY
    return options
