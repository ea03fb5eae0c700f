"""Folds OpenCV Zoo's block-quantised graphs into plain fp32 ones, which every engine runs.

ONNX Runtime's kernel for `DequantizeLinear` refuses a block size on a bias, so every constant is
brought back to fp32 once, here, and shapes frozen at one image are freed.
"""

from collections.abc import Iterable, MutableSequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import GraphProto, NodeProto, numpy_helper

Constants = dict[str, NDArray[Any]]

_DETECTOR_INPUT = "input"


def fold(source: Path, target: Path) -> None:
    """Write the plain fp32 graph of a published file; its first axis is a free batch."""
    model = onnx.load(source)
    graph = model.graph
    constants = {value.name: numpy_helper.to_array(value) for value in graph.initializer}
    nodes = _dequantise(graph.node, constants)
    used = {name for node in nodes for name in node.input}
    _free_reshapes(nodes, constants)
    replace_all(graph.node, nodes)
    replace_all(graph.initializer, tensors(constants, used))
    replace_all(
        graph.input, [value for value in graph.input if value.name in used - set(constants)]
    )
    _free_axes(graph)
    onnx.checker.check_model(model)
    onnx.save(model, target)


def _dequantise(nodes: Iterable[NodeProto], constants: Constants) -> list[NodeProto]:
    """Work out what constant nodes would give; return the others."""
    remaining = []
    for node in nodes:
        if node.op_type == "DequantizeLinear" and node.input[0] in constants:
            constants[node.output[0]] = _dequantised(node, constants)
        elif node.op_type == "Reshape" and set(node.input) <= set(constants):
            values, shape = (constants[name] for name in node.input)
            constants[node.output[0]] = values.reshape(shape)
        else:
            remaining.append(node)
    return remaining


def _dequantised(node: NodeProto, constants: Constants) -> NDArray[np.float32]:
    """(quantised - zero point) · scale, where scale and zero point hold for a block each."""
    attributes = {attribute.name: attribute.i for attribute in node.attribute}
    axis, block = attributes["axis"], attributes["block_size"]
    quantised, scale, zero = (constants[name].astype(np.float32) for name in node.input)

    def spread(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.repeat(values, block, axis).take(range(quantised.shape[axis]), axis)

    return (quantised - spread(zero)) * spread(scale)


def _free_reshapes(nodes: list[NodeProto], constants: Constants) -> None:
    """Let reshapes to [1, -1, C] keep the batch: 0 stands for the axis as it comes."""
    for node in nodes:
        if node.op_type == "Reshape" and constants[node.input[1]][0] == 1:
            kept = constants[node.input[1]].copy()
            kept[0] = 0
            constants[node.input[1]] = kept


def _free_axes(graph: GraphProto) -> None:
    """Leave the batch free, and for the detector the size; outputs then follow from the input."""
    for value in graph.input:
        axes = value.type.tensor_type.shape.dim
        axes[0].dim_param = "batch"
        if value.name == _DETECTOR_INPUT:
            axes[2].dim_param, axes[3].dim_param = "height", "width"
    for value in graph.output:
        for at, axis in enumerate(value.type.tensor_type.shape.dim):
            axis.dim_param = f"{value.name}.{at}"
    replace_all(graph.value_info, [])


def tensors(constants: Constants, used: set[str]) -> list[Any]:
    """Return the constants that are used, as a graph holds them."""
    return [
        numpy_helper.from_array(values, name) for name, values in constants.items() if name in used
    ]


def replace_all(field: MutableSequence[Any], values: list[Any]) -> None:
    """Put other values into a repeated field of a graph."""
    del field[:]
    field.extend(values)
