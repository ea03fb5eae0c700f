"""Turns, scales and moves a face until its features lie where the recogniser expects them."""

import numpy as np
from insightface.utils.face_align import arcface_dst as TEMPLATE  # noqa: N812 - it is a constant
from numpy.typing import NDArray

from deployments.vision.pictures import Picture, Pixels

CROP_SIZE = 112


def similarity_transform(landmarks: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the (2, 3) matrix that brings (5, 2) landmarks closest to insightface's template.

    Rotation, scale and shift have four unknowns, which is one complex line w = a·z + b: its least
    squares solution needs no iteration and no decomposition.
    """
    source, target = _complex(landmarks), _complex(TEMPLATE)
    centred = source - source.mean()
    scale = np.vdot(centred, target) / np.vdot(centred, centred)
    shift = target.mean() - scale * source.mean()
    return np.array([[scale.real, -scale.imag, shift.real], [scale.imag, scale.real, shift.imag]])


def align(picture: Picture, landmarks: NDArray[np.float32]) -> Pixels:
    """Cut the face out as (112, 112, 3) BGR; what lies beyond the image's edge is black."""
    return picture.cut(similarity_transform(landmarks), CROP_SIZE)


def _complex(points: NDArray[np.float32]) -> NDArray[np.complex128]:
    wide = points.astype(np.float64)
    return wide[:, 0] + 1j * wide[:, 1]
