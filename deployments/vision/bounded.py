"""Keeps a GPU's memory bounded: batches of a few sizes only, and halves where one does not fit."""

import numpy as np
from numpy.typing import NDArray

from deployments.vision.engines import Session

_OUT_OF_MEMORY = (
    "is smaller than requested bytes",  # ONNX Runtime's arena at its bound
    "failed to allocate memory",
    "out of memory",
    "cudnn_status_alloc_failed",
    "cublas_status_alloc_failed",
)


class BoundedSession:
    """A session whose batches are padded to the next power of two.

    Every other size would make the arena keep one more set of buffers, without end.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.get_inputs = session.get_inputs
        self.get_outputs = session.get_outputs

    def run(
        self, output_names: None, input_feed: dict[str, NDArray[np.float32]]
    ) -> list[NDArray[np.float32]]:
        """Run the network; a batch for which there is no memory is run in halves.

        Raises what the engine raises, also where a single image does not fit.
        """
        del output_names
        ((name, batch),) = input_feed.items()
        try:
            return self._run_padded(name, batch)
        except Exception as error:
            if len(batch) == 1 or not _is_out_of_memory(error):
                raise
        middle = len(batch) // 2
        halves = [self.run(None, {name: half}) for half in (batch[:middle], batch[middle:])]
        return [np.concatenate(parts) for parts in zip(*halves, strict=True)]

    def _run_padded(self, name: str, batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        size = 1 << (len(batch) - 1).bit_length()
        padded = np.zeros((size, *batch.shape[1:]), np.float32)
        padded[: len(batch)] = batch
        outputs = self._session.run(None, {name: padded})
        # An output may hold several rows an image (SCRFD's cells), all of one after the other.
        return [output[: len(output) * len(batch) // size] for output in outputs]


def powers_of_two(largest: int) -> list[int]:
    """Return the numbers of images a run may have: 1, 2, 4, … up to `largest`."""
    return [1 << power for power in range(largest.bit_length())]


def _is_out_of_memory(error: Exception) -> bool:
    return any(sign in str(error).lower() for sign in _OUT_OF_MEMORY)
