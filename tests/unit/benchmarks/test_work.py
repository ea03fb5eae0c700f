"""Multiply-adds are counted from the graph, at the shape asked for."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from benchmarks.measures.work import gmacs


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """Return a network of a 3 x 3 convolution to eight channels, a mean, and a layer to five."""
    weights = {"filters": (8, 3, 3, 3), "layer": (5, 8)}
    nodes = [
        helper.make_node("Conv", ["image", "filters"], ["maps"], pads=[1, 1, 1, 1]),
        helper.make_node("GlobalAveragePool", ["maps"], ["means"]),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("Gemm", ["flat", "layer"], ["answer"], transB=1),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, "h", "w"])
    answer = helper.make_tensor_value_info("answer", TensorProto.FLOAT, ["n", 5])
    constants = [
        numpy_helper.from_array(np.ones(shape, np.float32), name) for name, shape in weights.items()
    ]
    graph = helper.make_graph(nodes, "small", [image], [answer], constants)
    path = tmp_path / "network.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]), path)
    return path


@pytest.mark.parametrize(("batch", "side"), [(1, 16), (4, 16), (1, 32)])
def test_convolutions_and_layers_are_counted(network: Path, batch: int, side: int) -> None:
    """Each pixel of eight maps sums 27 products; each of five answers sums eight."""
    expected = batch * (8 * side * side * 27 + 5 * 8)
    assert gmacs(network, (batch, 3, side, side)) == pytest.approx(expected / 1e9)
