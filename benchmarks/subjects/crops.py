"""Aligned faces for what is measured on the recogniser alone."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.subjects import shipped
from benchmarks.subjects.photographs import pixels
from deployments.vision.alignment import align
from deployments.vision.pictures import Picture
from deployments.vision.pipeline import Pipeline

Crops = NDArray[np.uint8]


def crops_of(pipeline: Pipeline, portraits: Sequence[Path]) -> Crops:
    """Return the largest face of each portrait as (N, 112, 112, 3) BGR; each must show one."""
    return np.stack([_crop(pipeline, path.read_bytes()) for path in portraits])


def _crop(pipeline: Pipeline, data: bytes) -> Crops:
    face = shipped.identified(pipeline, data).faces[0]
    return align(Picture(pixels(data)), np.array(face.landmarks, np.float32))
