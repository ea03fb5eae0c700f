"""Reads SCRFD's output maps: at strides 8, 16 and 32, two candidates a cell.

Scores are probabilities; a box is the distance of its four sides from the cell's corner and
landmarks are offsets from it, all in strides. insightface's own reading takes one image a run.
"""

from collections.abc import Sequence

import numpy as np

from deployments.vision.candidates import STRIDES, Candidates, Floats, cells

_PER_CELL = 2


def decode(outputs: Sequence[Floats], images: int, size: int) -> Candidates:
    """Turn the outputs (scores, boxes, landmarks; each by stride) into candidates.

    All images of a run stand below each other in each output: (N · cells, 1 | 4 | 10).
    """
    levels = len(STRIDES)
    by_image = [output.reshape(images, -1, output.shape[-1]) for output in outputs]
    scores = np.concatenate(by_image[:levels], axis=1)[..., 0]
    distances = np.concatenate(by_image[levels : 2 * levels], axis=1)
    offsets = np.concatenate(by_image[2 * levels :], axis=1).reshape(*scores.shape, 5, 2)
    corners, strides = _anchors(size)
    reach = distances * strides
    boxes = np.concatenate([corners - reach[..., :2], corners + reach[..., 2:]], axis=-1)
    return Candidates(boxes, scores, corners[:, None] + offsets * strides[:, None])


def _anchors(size: int) -> tuple[Floats, Floats]:
    """Return (C, 2) corners in pixels and (C, 1) strides of all candidates."""
    corners = [np.repeat(cells(size // stride) * stride, _PER_CELL, axis=0) for stride in STRIDES]
    strides = [
        np.full((len(each), 1), stride, np.float32)
        for each, stride in zip(corners, STRIDES, strict=True)
    ]
    return np.concatenate(corners), np.concatenate(strides)
