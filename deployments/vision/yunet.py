"""Reads YuNet's output maps: at strides 8, 16 and 32, one candidate a cell.

A score is sqrt(class · object); a box is its centre's offset from the cell and the logarithm of
its size, both in strides; landmarks are offsets from the cell, in strides.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STRIDES = (8, 16, 32)

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Candidates:
    """All cells of N images: boxes (N, C, 4) x1 y1 x2 y2, scores (N, C), landmarks (N, C, 5, 2)."""

    boxes: Floats
    scores: Floats
    landmarks: Floats

    def of(self, image: int, min_score: float) -> tuple[Floats, Floats, Floats]:
        """Return boxes, scores and landmarks of one image's cells at or over a score."""
        strong = self.scores[image] >= min_score
        return self.boxes[image, strong], self.scores[image, strong], self.landmarks[image, strong]


def decode(heads: dict[str, Floats], size: int) -> Candidates:
    """Turn the network's outputs by name into candidates, in pixels of its square input."""
    maps = [_decode_stride(heads, size, stride) for stride in STRIDES]
    boxes, scores, landmarks = (np.concatenate(part, axis=1) for part in zip(*maps, strict=True))
    return Candidates(boxes, scores, landmarks)


def _decode_stride(heads: dict[str, Floats], size: int, stride: int) -> tuple[Floats, ...]:
    cells = _cells(size // stride)
    scores = np.sqrt(heads[f"cls_{stride}"] * heads[f"obj_{stride}"])[..., 0]
    raw = heads[f"bbox_{stride}"]
    centres, halves = (cells + raw[..., :2]) * stride, np.exp(raw[..., 2:]) * stride / 2
    boxes = np.concatenate([centres - halves, centres + halves], axis=-1)
    offsets = heads[f"kps_{stride}"].reshape(*raw.shape[:2], 5, 2)
    return boxes, scores, (cells[:, None] + offsets) * stride


def _cells(count: int) -> Floats:
    """Return (count², 2) x and y of each cell, row by row."""
    rows, columns = np.mgrid[:count, :count].astype(np.float32)
    return np.stack([columns, rows], axis=-1).reshape(-1, 2)
