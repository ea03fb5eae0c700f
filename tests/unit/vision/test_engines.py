"""Networks run where they were asked to, or not at all."""

from pathlib import Path

import onnxruntime
import pytest

from deployments.vision.engines import (
    Device,
    DeviceUnavailable,
    DeviceWish,
    choose_device,
    engine_name,
    open_session,
)
from deployments.vision.packs import Pack

HAS_CUDA = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
without_cuda = pytest.mark.skipif(HAS_CUDA, reason="ONNX Runtime here has CUDA")


@pytest.mark.parametrize(
    ("wish", "gpu_granted", "device"), [("cpu", False, "cpu"), ("cpu", True, "cpu")]
)
def test_cpu_is_cpu(wish: DeviceWish, gpu_granted: bool, device: Device) -> None:
    """A GPU at hand does not change a plain wish."""
    assert choose_device(wish, gpu_granted=gpu_granted) == device


def test_auto_leaves_alone_a_gpu_it_was_not_granted() -> None:
    """A GPU in the machine may be another replica's."""
    assert choose_device("auto", gpu_granted=False) == "cpu"


@without_cuda
def test_auto_is_content_without_cuda() -> None:
    """With the CPU build of ONNX Runtime, a granted GPU is no error."""
    assert choose_device("auto", gpu_granted=True) == "cpu"


@without_cuda
def test_cuda_never_silently_becomes_cpu() -> None:
    """A wish for CUDA that cannot be met stops the start with one line."""
    with pytest.raises(DeviceUnavailable, match="ONNX Runtime here has no CUDA"):
        choose_device("cuda", gpu_granted=True)


@without_cuda
def test_a_session_that_fell_back_is_refused(default_pack: Pack) -> None:
    """ONNX Runtime only warns when CUDA does not start; the session is not used then."""
    path: Path = default_pack.path(default_pack.detector)
    with (
        pytest.warns(UserWarning, match="CUDAExecutionProvider"),
        pytest.raises(DeviceUnavailable, match="cannot use it"),
    ):
        open_session(path, threads=1, device="cuda")


def test_the_engine_names_library_version_and_provider() -> None:
    """The model card says what computes."""
    assert engine_name("cpu") == f"onnxruntime {onnxruntime.__version__} CPUExecutionProvider"


@pytest.mark.parametrize("threads", [1, 2])
def test_a_session_uses_exactly_the_threads_given(default_pack: Pack, threads: int) -> None:
    """Threads are what the replica was granted; none of them spins, none runs beside."""
    session = open_session(default_pack.path(default_pack.detector), threads=threads, device="cpu")
    options = session.get_session_options()  # type: ignore[attr-defined]
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (threads, 1)
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
