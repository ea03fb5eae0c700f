"""A network of IResNet-50's shape with random weights: what a dense recogniser takes of a CPU.

The recogniser of `buffalo_l` and `buffalo_m` is such a network, and its weights may not be at hand.
How long convolutions take does not depend on what they are weighted with; what faces it could tell
apart does, so nothing else is asked of it. Its layers are those that InsightFace's arcface_torch
describes (backbones/iresnet.py), with each normalisation folded into the convolution beside it, as
engines do.
"""

from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

BLOCKS = (3, 4, 14, 3)
WIDTHS = (64, 128, 256, 512)
SIDE = 112
DIMENSION = 512
_SEED = 50
_SMALLEST_SIDE = 7

Floats = NDArray[np.float32]


class Builder:
    """Nodes and weights as they are added, each to the value that the last one gave."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.weights: list[TensorProto] = []
        self._random = np.random.default_rng(_SEED)

    def convolution(self, source: str, shape: tuple[int, int, int], stride: int) -> str:
        """Add one of `shape` (out, in, side); return the name of its value."""
        out, into, side = shape
        weight = self._drawn((out, into, side, side), fan_in=into * side * side)
        bias = self._kept(np.zeros(out, np.float32))
        padding = [side // 2] * 4
        return self._node("Conv", [source, weight, bias], strides=[stride] * 2, pads=padding)

    def prelu(self, source: str, channels: int) -> str:
        """Add the bend that each channel has a slope of its own for."""
        slopes = np.full((channels, 1, 1), 0.25, np.float32)
        return self._node("PRelu", [source, self._kept(slopes)])

    def sum(self, one: str, other: str) -> str:
        """Add two values."""
        return self._node("Add", [one, other])

    def layer(self, source: str, out: int, into: int) -> str:
        """Add a layer that is connected to all of a flattened value."""
        flat = self._node("Flatten", [source])
        weight = self._drawn((out, into), fan_in=into)
        return self._node("Gemm", [flat, weight, self._kept(np.zeros(out, np.float32))], transB=1)

    def _node(self, kind: str, inputs: Sequence[str], **attributes: Any) -> str:
        output = f"value_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def _drawn(self, shape: tuple[int, ...], fan_in: int) -> str:
        drawn = self._random.standard_normal(shape, np.float32) / np.float32(sqrt(fan_in))
        return self._kept(drawn)

    def _kept(self, array: Floats) -> str:
        name = f"weight_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(array, name))
        return name


def write(path: Path, *, blocks: Sequence[int] = BLOCKS, widths: Sequence[int] = WIDTHS) -> None:
    """Write the network as ONNX: (N, 3, 112, 112) to (N, 512), 174 MB."""
    builder = Builder()
    value = builder.prelu(builder.convolution("image", (widths[0], 3, 3), 1), widths[0])
    into = widths[0]
    for width, count in zip(widths, blocks, strict=True):
        for at in range(count):
            value = _block(builder, value, (width, into), stride=1 if at else 2)
            into = width
    output = builder.layer(value, DIMENSION, into * _SMALLEST_SIDE**2)
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])
    vector = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", DIMENSION])
    graph = helper.make_graph(builder.nodes, "iresnet", [image], [vector], builder.weights)
    opset = [helper.make_opsetid("", 13)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)


def _block(builder: Builder, source: str, channels: tuple[int, int], *, stride: int) -> str:
    out, into = channels
    bent = builder.prelu(builder.convolution(source, (out, into, 3), 1), out)
    convolved = builder.convolution(bent, (out, out, 3), stride)
    beside = source if stride == 1 else builder.convolution(source, (out, into, 1), stride)
    return builder.sum(convolved, beside)
