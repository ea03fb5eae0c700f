"""Reads YuNet's output maps: at strides 8, 16 and 32, one candidate a cell.

A score is sqrt(class · object); a box is its centre's offset from the cell and the logarithm of
its size, both in strides; landmarks are offsets from the cell, in strides.
"""

from collections.abc import Mapping

import numpy as np

from deployments.vision.candidates import STRIDES, Candidates, Floats, cells, joined


def read(heads: Mapping[str, Floats], image: int, size: int, min_score: float) -> Candidates:
    """Return one image's candidates at or over a score from the network's outputs by name."""
    return joined([_read_map(heads, image, size, stride, min_score) for stride in STRIDES])


def _read_map(
    heads: Mapping[str, Floats], image: int, size: int, stride: int, min_score: float
) -> Candidates:
    scores = np.sqrt(heads[f"cls_{stride}"][image, :, 0] * heads[f"obj_{stride}"][image, :, 0])
    strong = np.flatnonzero(scores >= min_score)
    grid, raw = cells(size // stride)[strong], heads[f"bbox_{stride}"][image, strong]
    centres, halves = (grid + raw[:, :2]) * stride, np.exp(raw[:, 2:]) * stride / 2
    boxes = np.hstack([centres - halves, centres + halves])
    offsets = heads[f"kps_{stride}"][image, strong].reshape(-1, 5, 2)
    return Candidates(boxes, scores[strong], (grid[:, None] + offsets) * stride)
