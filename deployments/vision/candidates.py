"""What a detection network claims, cell by cell, before it is decided which claims are faces."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

STRIDES = (8, 16, 32)

Floats = NDArray[np.float32]

_MAX_OVERLAP = 0.4


@dataclass(frozen=True, slots=True)
class Candidates:
    """All cells of N images: boxes (N, C, 4) x1 y1 x2 y2, scores (N, C), landmarks (N, C, 5, 2)."""

    boxes: Floats
    scores: Floats
    landmarks: Floats

    def strongest(self, image: int, min_score: float) -> list[tuple[Floats, float, Floats]]:
        """Return box, score and landmarks of one image's faces.

        Of candidates that overlap the one with the highest score is kept.
        """
        strong = np.flatnonzero(self.scores[image] >= min_score)
        boxes, scores = self.boxes[image, strong], self.scores[image, strong]
        corner_and_size = np.hstack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])
        kept = cv2.dnn.NMSBoxes(corner_and_size.tolist(), scores.tolist(), 0.0, _MAX_OVERLAP)
        return [
            (boxes[at], float(scores[at]), self.landmarks[image, strong[at]])
            for at in np.asarray(kept, dtype=int)
        ]


@cache
def cells(count: int) -> Floats:
    """Return (count², 2) x and y of each cell of a square map, row by row."""
    rows, columns = np.mgrid[:count, :count].astype(np.float32)
    grid = np.stack([columns, rows], axis=-1).reshape(-1, 2)
    grid.flags.writeable = False
    return grid
