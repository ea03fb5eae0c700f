"""What a detection network claims of one image, before it is decided which claims are faces."""

from collections.abc import Sequence
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
    """Claims strong enough to look at: boxes (C, 4) x1 y1 x2 y2, scores (C,), landmarks (C, 5, 2).

    In pixels of the network's square input.
    """

    boxes: Floats
    scores: Floats
    landmarks: Floats

    def strongest(self) -> list[tuple[Floats, float, Floats]]:
        """Return box, score and landmarks of each face: of claims that overlap the strongest."""
        corner_and_size = np.hstack([self.boxes[:, :2], self.boxes[:, 2:] - self.boxes[:, :2]])
        kept = cv2.dnn.NMSBoxes(corner_and_size.tolist(), self.scores.tolist(), 0.0, _MAX_OVERLAP)
        return [
            (self.boxes[at], float(self.scores[at]), self.landmarks[at])
            for at in np.asarray(kept, dtype=int)
        ]


def joined(parts: Sequence[Candidates]) -> Candidates:
    """Return the claims of several maps as one."""
    return Candidates(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.landmarks for part in parts]),
    )


@cache
def cells(count: int) -> Floats:
    """Return (count², 2) x and y of each cell of a square map, row by row."""
    rows, columns = np.mgrid[:count, :count].astype(np.float32)
    grid = np.stack([columns, rows], axis=-1).reshape(-1, 2)
    grid.flags.writeable = False
    return grid
