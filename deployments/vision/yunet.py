"""Reads YuNet's output maps: at strides 8, 16 and 32, one candidate a cell.

A score is sqrt(class · object); a box is its centre's offset from the cell and the logarithm of
its size, both in strides; landmarks are offsets from the cell, in strides.
"""

import numpy as np

from deployments.vision.candidates import STRIDES, Candidates, Floats, cells


def decode(heads: dict[str, Floats], size: int) -> Candidates:
    """Turn the network's outputs by name into candidates, in pixels of its square input."""
    maps = [_decode_stride(heads, size, stride) for stride in STRIDES]
    boxes, scores, landmarks = (np.concatenate(part, axis=1) for part in zip(*maps, strict=True))
    return Candidates(boxes, scores, landmarks)


def _decode_stride(heads: dict[str, Floats], size: int, stride: int) -> tuple[Floats, ...]:
    grid = cells(size // stride)
    scores = np.sqrt(heads[f"cls_{stride}"] * heads[f"obj_{stride}"])[..., 0]
    raw = heads[f"bbox_{stride}"]
    centres, halves = (grid + raw[..., :2]) * stride, np.exp(raw[..., 2:]) * stride / 2
    boxes = np.concatenate([centres - halves, centres + halves], axis=-1)
    offsets = heads[f"kps_{stride}"].reshape(*raw.shape[:2], 5, 2)
    return boxes, scores, (grid[:, None] + offsets) * stride
