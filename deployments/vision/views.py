"""Squares of a photo as the detector is shown them: the whole photo, or one face."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from deployments.vision.detections import Detection
from deployments.vision.pictures import Picture, Pixels

CONTEXT: Final = 1.6  # How many times the longer side of its box a close-up of a face takes in.


@dataclass(frozen=True, slots=True)
class View:
    """(S, S, 3) pixels; a point p of the photo is seen at `scale` · p + `shift`."""

    pixels: Pixels
    scale: float
    shift: NDArray[np.float64]

    def located(self, detection: Detection) -> Detection:
        """Return what was found in the view in pixels of the photo."""
        return replace(
            detection,
            box=((detection.box - np.tile(self.shift, 2)) / self.scale).astype(np.float32),
            landmarks=((detection.landmarks - self.shift) / self.scale).astype(np.float32),
        )


def whole(picture: Picture, size: int, *, at_least: int) -> View:
    """Fit a photo into the upper left of a black square.

    A small one is enlarged no further than until its longer side has `at_least` pixels.
    """
    scale = min(size / picture.side, max(1.0, at_least / picture.side))
    fitted = picture.fitted(scale)
    square = np.zeros((size, size, 3), np.uint8)
    square[: fitted.shape[0], : fitted.shape[1]] = fitted
    return View(square, scale, np.zeros(2))


def close_up(picture: Picture, box: NDArray[np.float32], size: int) -> View:
    """Put the face of a (4,) box into the middle of a square."""
    corner, opposite = box[:2].astype(np.float64), box[2:].astype(np.float64)
    scale = size / (CONTEXT * float((opposite - corner).max()))
    shift = size / 2 - scale * (corner + opposite) / 2
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    return View(picture.cut(matrix, size), scale, shift)
