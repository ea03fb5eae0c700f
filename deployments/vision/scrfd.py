"""Reads SCRFD's output maps: at strides 8, 16 and 32, two candidates a cell.

Scores are probabilities; a box is the distance of its four sides from the cell's corner and
landmarks are offsets from it, all in strides. insightface's own reading takes one image a run.
"""

from collections.abc import Sequence

import numpy as np

from deployments.vision.candidates import STRIDES, Candidates, Floats, cells, joined

_PER_CELL = 2


def read(outputs: Sequence[Floats], image: int, size: int, min_score: float) -> Candidates:
    """Return one image's candidates at or over a score.

    Outputs are scores, boxes and landmarks, each by stride; in each of them all images of a run
    stand below each other: (N · cells, 1 | 4 | 10).
    """
    levels = len(STRIDES)
    return joined(
        [
            _read_map(outputs[level::levels], image, size, stride, min_score)
            for level, stride in enumerate(STRIDES)
        ]
    )


def _read_map(
    outputs: Sequence[Floats], image: int, size: int, stride: int, min_score: float
) -> Candidates:
    count = _PER_CELL * (size // stride) ** 2
    scores, distances, offsets = (each[image * count : (image + 1) * count] for each in outputs)
    strong = np.flatnonzero(scores[:, 0] >= min_score)
    corners, reach = cells(size // stride)[strong // _PER_CELL] * stride, distances[strong] * stride
    boxes = np.hstack([corners - reach[:, :2], corners + reach[:, 2:]])
    landmarks = corners[:, None] + offsets[strong].reshape(-1, 5, 2) * stride
    return Candidates(boxes, scores[strong, 0], landmarks)
