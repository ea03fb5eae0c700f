"""OpenVINO on a CPU: what wins where there is AVX-512, and fuses PRelu by itself."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deployments.vision.engines import Graphs, Place, Port, Session, Shape, engine_label

# Shapes a network is compiled for at most; a compiled shape is some MB and a quarter of a second.
_MAX_SHAPES = 8


class OpenVinoSession:
    """A network, compiled for each shape it meets: a free axis costs up to a third of the speed."""

    def __init__(self, graphs: Graphs, threads: int) -> None:
        self._graph = _core().read_model(graphs.common)
        self._threads = threads
        self._requests: dict[Shape, Any] = {}

    def run(
        self, output_names: None, input_feed: dict[str, NDArray[np.float32]]
    ) -> list[NDArray[np.float32]]:
        """Run the network; outputs in the order of the graph."""
        del output_names
        (array,) = input_feed.values()
        request = self._request(array.shape)
        request.infer([array], share_inputs=True)
        # The next run writes where these lie.
        return [tensor.data.copy() for tensor in request.output_tensors]

    def get_inputs(self) -> list[Port]:
        """Return the inputs."""
        return [_port(each) for each in self._graph.inputs]

    def get_outputs(self) -> list[Port]:
        """Return the outputs."""
        return [_port(each) for each in self._graph.outputs]

    def _request(self, shape: Shape) -> Any:
        if shape not in self._requests:
            if len(self._requests) >= _MAX_SHAPES:
                self._requests.pop(next(iter(self._requests)))
            self._requests[shape] = self._compiled(shape)
        return self._requests[shape]

    def _compiled(self, shape: Shape) -> Any:
        fixed = self._graph.clone()
        fixed.reshape(list(shape))
        return _core().compile_model(fixed, "CPU", _options(self._threads)).create_infer_request()


def open_openvino(graphs: Graphs, place: Place) -> tuple[Session, str]:
    """Open a network and name what runs it."""
    import openvino

    version = openvino.__version__.split("-")[0]
    return OpenVinoSession(graphs, place.threads), engine_label("openvino", place.device, version)


@cache
def _core() -> Any:
    import openvino

    return openvino.Core()


def _options(threads: int) -> dict[str, Any]:
    return {
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        # Pinned threads of several replicas would meet on one core.
        "ENABLE_CPU_PINNING": False,
        # Newer CPUs would run in bf16 by default: other vectors than the next machine's.
        "INFERENCE_PRECISION_HINT": "f32",
    }


def _port(node: Any) -> Port:
    shape = [axis.get_length() if axis.is_static else -1 for axis in node.partial_shape]
    return Port(node.any_name, shape)
