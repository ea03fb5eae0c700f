"""Rewrites networks; the outputs stay the same.

Whoever changes what is written here raises `graphs.VERSION`: else packs that were prepared before
keep what they have.

A batch fixed at one image is freed, for every engine. For ONNX Runtime on a CPU PRelu, whose
kernel took more than half of SFace's time, becomes operators that it fuses.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, helper, numpy_helper

from deployments.vision.folding import Constants, replace_all, tensors

_IMAGE_AFTER_PLACE = [2, 3, 0, 1]  # Height, width, image, channel.
_IMAGE_FIRST = [0, 2, 3, 1]


def free_batch(source: Path, target: Path) -> bool:
    """Write a graph that takes any number of images, or tell that it does already.

    insightface's detectors are fixed at one image, and would mix the cells of several: they put
    height and width before the image.
    """
    model = onnx.load(source)
    graph = model.graph
    batch = graph.input[0].type.tensor_type.shape.dim[0]
    if not batch.dim_value:
        return False
    batch.dim_param = "batch"
    for node in graph.node:
        for attribute in node.attribute:
            if node.op_type == "Transpose" and list(attribute.ints) == _IMAGE_AFTER_PLACE:
                attribute.ints[:] = _IMAGE_FIRST
    for value in graph.output:
        value.type.tensor_type.shape.dim[0].dim_param = f"{value.name}.0"
    replace_all(graph.value_info, [])
    onnx.save(model, target)
    return True


def split_prelus(source: Path, target: Path) -> bool:
    """Write a graph without PRelu, or tell that it has none."""
    model = onnx.load(source)
    graph = model.graph
    if not any(node.op_type == "PRelu" for node in graph.node):
        return False
    constants = {value.name: numpy_helper.to_array(value) for value in graph.initializer}
    nodes = [part for node in graph.node for part in _split_prelu(node, constants)]
    used = {name for node in nodes for name in node.input}
    replace_all(graph.node, nodes)
    replace_all(graph.initializer, tensors(constants, used))
    replace_all(
        graph.input, [value for value in graph.input if value.name in used - set(constants)]
    )
    onnx.save(model, target)
    return True


def _split_prelu(node: NodeProto, constants: Constants) -> Iterator[NodeProto]:
    """PRelu(x) = relu(x) - slope · relu(-x); signs and slopes are depthwise 1 x 1 convolutions."""
    # One slope for all channels would need their number, which the node does not tell.
    if node.op_type != "PRelu" or constants[node.input[1]].size == 1:
        yield node
        return
    (x, slope_name), (y,) = node.input, node.output
    slope = constants[slope_name].reshape(-1, 1, 1, 1)
    constants[f"{y}.minus"], constants[f"{y}.slope"] = -np.ones_like(slope), -slope
    depthwise = partial(helper.make_node, "Conv", kernel_shape=[1, 1], group=len(slope))
    yield helper.make_node("Relu", [x], [f"{y}.above"])
    yield depthwise([x, f"{y}.minus"], [f"{y}.flipped"])
    yield helper.make_node("Relu", [f"{y}.flipped"], [f"{y}.below"])
    yield depthwise([f"{y}.below", f"{y}.slope"], [f"{y}.sloped"])
    yield helper.make_node("Add", [f"{y}.sloped", f"{y}.above"], [y])
