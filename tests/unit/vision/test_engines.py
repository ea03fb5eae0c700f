"""Networks run where they were asked to, or not at all."""

import numpy as np
import onnxruntime
import pytest

from deployments.vision import engines
from deployments.vision.engines import (
    Device,
    DeviceUnavailable,
    DeviceWish,
    EngineWish,
    Graphs,
    Place,
    require_place,
)
from deployments.vision.graphs import graphs_of
from deployments.vision.onnxruntime_engine import open_onnxruntime
from deployments.vision.openvino_engine import open_openvino
from deployments.vision.packs import Pack, Role

HAS_CUDA = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
without_cuda = pytest.mark.skipif(HAS_CUDA, reason="ONNX Runtime here has CUDA")

SHAPES: dict[Role, tuple[int, ...]] = {
    "detector": (2, 3, 256, 256),
    "recogniser": (2, 3, 112, 112),
}


def device_for(
    device: DeviceWish = "auto", engine: EngineWish = "auto", *, gpu_granted: bool = False
) -> Device:
    """Return the device for wishes of which most are left open."""
    return require_place(device, engine, gpu_granted=gpu_granted)


def graphs(pack: Pack, role: Role) -> Graphs:
    """Return the graphs of one of a pack's networks."""
    return graphs_of(pack, pack.detector if role == "detector" else pack.recogniser)


@pytest.mark.parametrize("gpu_granted", [False, True])
def test_cpu_is_cpu(gpu_granted: bool) -> None:
    """A GPU at hand does not change a plain wish."""
    assert device_for("cpu", gpu_granted=gpu_granted) == "cpu"


def test_auto_leaves_alone_a_gpu_it_was_not_granted() -> None:
    """A GPU in the machine may be another replica's."""
    assert device_for("auto") == "cpu"


@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_gpu_is_taken_where_it_is_there(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the provider present, a granted or named GPU is the device."""
    there = [engines.PROVIDERS["cuda"], engines.PROVIDERS["tensorrt"]]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: there)
    assert device_for(device, gpu_granted=True) == device
    assert device_for("auto", gpu_granted=True) == "cuda"


@without_cuda
@pytest.mark.parametrize(
    ("device", "engine", "gpu_granted", "said"),
    [
        ("cuda", "auto", False, "device cuda needs num_gpus"),
        ("cuda", "auto", True, "device cuda asks for a GPU.* no CUDAExecutionProvider"),
        ("tensorrt", "auto", True, "device tensorrt asks for a GPU.* no Tensorrt"),
        ("auto", "auto", True, "num_gpus asks for a GPU, and ONNX Runtime here has no CUDA"),
        ("cuda", "openvino", True, "device cuda asks for a GPU, and engine openvino"),
        ("auto", "openvino", True, "num_gpus asks for a GPU, and engine openvino"),
    ],
)
def test_a_gpu_never_silently_becomes_a_cpu(
    device: DeviceWish, engine: EngineWish, gpu_granted: bool, said: str
) -> None:
    """A wish that cannot be met stops the start with one line that says what to change."""
    with pytest.raises(DeviceUnavailable, match=said) as refused:
        device_for(device, engine, gpu_granted=gpu_granted)
    assert "\n" not in str(refused.value)


def test_openvino_is_not_replaced_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine asked for by name and not installed stops the start."""
    monkeypatch.setattr(engines, "find_spec", lambda _name: None)
    with pytest.raises(DeviceUnavailable, match="openvino is not installed"):
        device_for("cpu", "openvino")


@without_cuda
@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_session_that_fell_back_is_refused(default_pack: Pack, device: Device) -> None:
    """ONNX Runtime only warns when a provider does not start; the session is not used then."""
    with (
        pytest.warns(UserWarning, match="not in available provider names"),
        pytest.raises(DeviceUnavailable, match="cannot use it"),
    ):
        open_onnxruntime(graphs(default_pack, "detector"), Place(device, "auto", 1))


def test_a_session_never_falls_back_later(default_pack: Pack) -> None:
    """A GPU that fails in the middle of things is an error, not a CPU that nobody knows of."""
    session, _ = open_onnxruntime(graphs(default_pack, "detector"), Place("cpu", "auto", 1))
    assert session._enable_fallback is False  # type: ignore[attr-defined]


@pytest.mark.parametrize("threads", [1, 2])
def test_a_session_uses_exactly_the_threads_given(default_pack: Pack, threads: int) -> None:
    """Threads are what the replica was granted; none of them spins, none runs beside."""
    session, _ = open_onnxruntime(graphs(default_pack, "detector"), Place("cpu", "auto", threads))
    options = session.get_session_options()  # type: ignore[attr-defined]
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (threads, 1)
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"


@pytest.mark.parametrize("role", ["detector", "recogniser"])
def test_engines_give_the_same_outputs(pack: Pack, role: Role) -> None:
    """By name and order, and to 1e-3 of the largest value; a batch of two as well as one."""
    image = np.random.default_rng(3).uniform(0, 1, SHAPES[role]).astype(np.float32)
    here = Place("cpu", "auto", 1)
    (one, first), (other, second) = (
        open_onnxruntime(graphs(pack, role), here),
        open_openvino(graphs(pack, role), here),
    )
    name = one.get_inputs()[0].name
    assert other.get_inputs()[0].name == name
    assert [port.name for port in one.get_outputs()] == [port.name for port in other.get_outputs()]
    pairs = zip(one.run(None, {name: image}), other.run(None, {name: image}), strict=True)
    assert max(np.abs(a - b).max() / max(1.0, np.abs(a).max()) for a, b in pairs) < 1e-3
    assert first.startswith("onnxruntime ")
    assert first.endswith(" CPUExecutionProvider")
    assert second.startswith("openvino ")


def test_openvino_keeps_only_so_many_shapes(
    default_pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A compiled shape is some MB: the oldest makes room, and still runs when asked again."""
    monkeypatch.setattr("deployments.vision.openvino_engine._MAX_SHAPES", 1)
    session, _ = open_openvino(graphs(default_pack, "detector"), Place("cpu", "openvino", 1))
    name = session.get_inputs()[0].name
    shapes = [(1, 3, 32, 32), (1, 3, 64, 64), (1, 3, 32, 32)]
    outputs = [session.run(None, {name: np.ones(shape, np.float32)}) for shape in shapes]
    assert len(session._requests) == 1  # type: ignore[attr-defined]
    assert all(np.array_equal(a, b) for a, b in zip(outputs[0], outputs[2], strict=True))
