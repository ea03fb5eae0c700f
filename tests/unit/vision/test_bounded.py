"""A GPU's memory stays bounded: few sizes of batch, and halves of one that does not fit."""

import numpy as np
import pytest
from numpy.typing import NDArray

from deployments.vision.bounded import BoundedSession, powers_of_two
from deployments.vision.engines import Port

ROWS = 3  # An image's rows in the second output, as a detector's cells are.


class SmallGpu:
    """Stands in for a GPU, which no test machine has: it doubles, and runs out of memory."""

    def __init__(self, fits: int, complaint: str = "Failed to allocate memory for buffer") -> None:
        self.fits, self.complaint = fits, complaint
        self.batches: list[int] = []

    def run(
        self, output_names: None, input_feed: dict[str, NDArray[np.float32]]
    ) -> list[NDArray[np.float32]]:
        """Return the doubled batch, and three rows an image."""
        assert output_names is None
        (batch,) = input_feed.values()
        self.batches.append(len(batch))
        if len(batch) > self.fits:
            raise RuntimeError(self.complaint)
        return [batch * 2, np.repeat(batch, ROWS, axis=0)]

    def get_inputs(self) -> list[Port]:
        """Return one input."""
        return [Port("x", ["n", 1])]

    def get_outputs(self) -> list[Port]:
        """Return two outputs."""
        return [Port("doubled", ["n", 1]), Port("rows", ["n", 1])]


def column(count: int) -> NDArray[np.float32]:
    """Return `count` images of one number each."""
    return np.arange(1, count + 1, dtype=np.float32)[:, None]


@pytest.mark.parametrize(("count", "size"), [(1, 1), (2, 2), (3, 4), (5, 8), (16, 16), (17, 32)])
def test_a_batch_is_padded_to_a_power_of_two(count: int, size: int) -> None:
    """The engine sees few shapes, the caller only its own images."""
    gpu = SmallGpu(fits=64)
    doubled, rows = BoundedSession(gpu).run(None, {"x": column(count)})
    assert gpu.batches == [size]
    assert np.array_equal(doubled, column(count) * 2)
    assert np.array_equal(rows, np.repeat(column(count), ROWS, axis=0))


@pytest.mark.parametrize(
    "complaint",
    [
        "BFCArena: Available memory of 393216 is smaller than requested bytes of 524288",
        "Failed to allocate memory",
        "CUDA error: out of memory",
        "CUDNN_STATUS_ALLOC_FAILED",
        "CUBLAS_STATUS_ALLOC_FAILED",
    ],
)
def test_a_batch_that_does_not_fit_is_run_in_halves(complaint: str) -> None:
    """Order and rows stay, whatever the engine says when memory is short."""
    gpu = SmallGpu(2, complaint)
    doubled, rows = BoundedSession(gpu).run(None, {"x": column(7)})
    assert np.array_equal(doubled, column(7) * 2)
    assert np.array_equal(rows, np.repeat(column(7), ROWS, axis=0))
    assert gpu.batches == [8, 4, 1, 2, 4, 2, 2]


@pytest.mark.parametrize(
    ("gpu", "count"), [(SmallGpu(0), 1), (SmallGpu(1, "CUDA error: device lost"), 4)]
)
def test_what_halving_cannot_mend_is_raised(gpu: SmallGpu, count: int) -> None:
    """One image that does not fit, and every other failure, reaches the caller."""
    with pytest.raises(RuntimeError, match=gpu.complaint):
        BoundedSession(gpu).run(None, {"x": column(count)})


def test_ports_are_the_sessions_own() -> None:
    """A bounded session looks like the one it bounds."""
    bounded = BoundedSession(SmallGpu(1))
    assert bounded.get_inputs()[0].name == "x"
    assert [port.name for port in bounded.get_outputs()] == ["doubled", "rows"]


def test_the_sizes_to_warm_up_are_all_there_are() -> None:
    """1, 2, 4 and so on up to the largest batch."""
    assert powers_of_two(16) == [1, 2, 4, 8, 16]
