"""Small ONNX networks for tests of everything but what networks compute."""

from onnx import TensorProto, helper


def network(does: str) -> bytes:
    """Return an ONNX network that does nothing of what it says, in a kilobyte or so."""
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 3]) for name in "xy"]
    nothing = helper.make_node("Identity", ["x"], ["y"])
    graph = helper.make_graph([nothing], does, ports[:1], ports[1:], doc_string=does * 99)
    content: bytes = helper.make_model(graph).SerializeToString()
    return content
