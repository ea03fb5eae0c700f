"""Small ONNX networks for tests of everything but what networks compute."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper


def network(does: str) -> bytes:
    """Return an ONNX network that does nothing of what it says, in a kilobyte or so."""
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 3]) for name in "xy"]
    nothing = helper.make_node("Identity", ["x"], ["y"])
    graph = helper.make_graph([nothing], does, ports[:1], ports[1:], doc_string=does * 99)
    content: bytes = helper.make_model(graph).SerializeToString()
    return content


def brightness(side: int, *, fixed_batch: bool = False) -> bytes:
    """Return a network for (n, 3, side, side): how dark and how bright a square is, (n, 2).

    Both add up to 1 where values are in 0..1. One that is `fixed_batch` gives every face of a
    batch the mean of all, as a network exported for a single face may.
    """
    nodes = [helper.make_node("GlobalAveragePool", ["x"], ["means"])]
    if fixed_batch:
        nodes.append(helper.make_node("ReduceMean", ["means"], ["all"], axes=[0]))
        nodes.append(helper.make_node("Sub", ["means", "means"], ["nothing"]))
        nodes.append(helper.make_node("Add", ["nothing", "all"], ["mixed"]))
    nodes.append(helper.make_node("Flatten", ["mixed" if fixed_batch else "means"], ["flat"]))
    nodes.append(helper.make_node("Gemm", ["flat", "weights", "bias"], ["y"]))
    weights = np.array([[-1, 1]] * 3, np.float32) / 3
    constants = [
        numpy_helper.from_array(weights, "weights"),
        numpy_helper.from_array(np.array([1, 0], np.float32), "bias"),
    ]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, side, side])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])
    graph = helper.make_graph(nodes, "brightness", [x], [y], constants)
    opset = [helper.make_opsetid("", 17)]
    content: bytes = helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    return content


def write_liveness_model(folder: Path, network: bytes, **changes: Any) -> Path:
    """Write a folder as docs/liveness.md describes it, in which bright is live.

    A change to None takes a field of the manifest away.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "network.onnx").write_bytes(network)
    manifest = {
        "name": "brightness",
        "file": "network.onnx",
        "sha256": hashlib.sha256(network).hexdigest(),
        "licence": "ours",
        "commercial_use": True,
        "side": 32,
        "scale": 1.5,
        "channels": "BGR",
        "mean": [0, 0, 0],
        "std": [255, 255, 255],
        "outputs": "probabilities",
        "live_output": 1,
        "threshold": 0.25,
    } | changes
    kept = {key: value for key, value in manifest.items() if value is not None}
    (folder / "liveness.json").write_text(json.dumps(kept))
    return folder
