"""The networks alone, without pre- and post-processing: our sessions, and OpenVINO's own loop."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import openvino
from numpy.typing import NDArray

from deployments.vision.engines import Session, Shape


def openvino_loop(network: Path, shape: Shape) -> Callable[[object], None]:
    """Return one run of a network on OpenVINO as its makers advise: the best it does by itself.

    Compiled for that one shape, in fp32, on one thread; one request, whose input stays in place.
    """
    core = openvino.Core()
    model = core.read_model(network)
    model.reshape(list(shape))
    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": 1,
        "INFERENCE_PRECISION_HINT": "f32",
    }
    request = core.compile_model(model, "CPU", settings).create_infer_request()
    request.set_input_tensor(openvino.Tensor(picture(shape)))

    def run(_: object) -> None:
        request.infer()

    return run


def session_loop(session: Session, shape: Shape) -> Callable[[object], None]:
    """Return one run of a network on the session our pipeline runs it on."""
    feed = {session.get_inputs()[0].name: picture(shape)}

    def run(_: object) -> None:
        session.run(None, feed)

    return run


def picture(shape: Shape) -> NDArray[np.float32]:
    """Return noise in 0..255: what a network computes costs the same whatever it sees."""
    return np.random.default_rng(0).integers(0, 256, shape).astype(np.float32)
