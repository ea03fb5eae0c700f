"""How much a network has to compute: multiply-adds, counted in its graph."""

from collections.abc import Mapping
from math import prod
from pathlib import Path

import onnx
from onnx import GraphProto, ModelProto, NodeProto, shape_inference

Shape = tuple[int, ...]


def gmacs(path: Path, shape: Shape) -> float:
    """Return the 10⁹ multiply-adds of one run on an input of `shape` (N, C, H, W).

    Convolutions and fully connected layers are counted; all else together is some per cent.
    """
    model = onnx.load(path)
    graph = _inferred(model, shape).graph
    shapes = _shapes(graph)
    return sum(_macs(node, shapes) for node in graph.node) / 1e9


def _inferred(model: ModelProto, shape: Shape) -> ModelProto:
    """Fix the input's shape and let that of everything else follow."""
    constants = {tensor.name for tensor in model.graph.initializer}
    (image,) = (value for value in model.graph.input if value.name not in constants)
    for axis, length in zip(image.type.tensor_type.shape.dim, shape, strict=True):
        axis.dim_value = length
    del model.graph.value_info[:]
    return shape_inference.infer_shapes(model, data_prop=True)


def _shapes(graph: GraphProto) -> dict[str, Shape]:
    values = [*graph.input, *graph.value_info, *graph.output]
    shapes = {
        value.name: tuple(axis.dim_value for axis in value.type.tensor_type.shape.dim)
        for value in values
    }
    return shapes | {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}


def _macs(node: NodeProto, shapes: Mapping[str, Shape]) -> int:
    """Each value of the output is a sum over one filter, or over one row of the weights."""
    if node.op_type == "Conv":
        return prod(shapes[node.output[0]]) * prod(shapes[node.input[1]][1:])
    if node.op_type in {"Gemm", "MatMul"}:
        return prod(shapes[node.output[0]]) * shapes[node.input[0]][-1]
    return 0
