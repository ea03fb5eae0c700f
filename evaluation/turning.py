"""Heads turned without another photo: a portrait draped over a model of a head.

An approximation. The model is an ellipsoid with a nose, the same for everybody; what the camera
did not see is not invented, the last visible column is drawn out over it. Up to some thirty
degrees the landmarks move as those of a turned head do; the likeness suffers more than in truth.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.messages.embedder import Face
from deployments.vision.pictures import Pixels

# Half axes of the ellipsoid and the nose on it, in distances between the eyes; adult averages of
# anthropometry: breadth, height and depth of the head against the distance of the pupils.
_BREADTH, _HEIGHT, _DEPTH = 1.2, 1.8, 1.5
_NOSE_DEPTH, _NOSE_WIDTH = 0.35, 0.22

Map = NDArray[np.float64]


def turned(photo: Pixels, face: Face, degrees: float) -> Pixels:
    """Turn the head about its vertical axis; to the right of the image where `degrees` > 0."""
    depth, centre = _model(photo, face)
    columns = np.arange(photo.shape[1], dtype=np.float64) - centre[0]
    angle = np.radians(degrees)
    moved = columns * np.cos(angle) + depth * np.sin(angle) + centre[0]
    return _seen(photo, moved)


def nodded(photo: Pixels, face: Face, degrees: float) -> Pixels:
    """Turn the head about the axis through its ears; it looks up where `degrees` > 0."""
    depth, centre = _model(photo, face)
    rows = (np.arange(photo.shape[0], dtype=np.float64) - centre[1])[:, None]
    angle = np.radians(degrees)
    moved = rows * np.cos(angle) - depth * np.sin(angle) + centre[1]
    return np.ascontiguousarray(_seen(_transposed(photo), moved.T).transpose(1, 0, 2))


def _model(photo: Pixels, face: Face) -> tuple[Map, NDArray[np.float64]]:
    """Return how far each pixel stands out towards the camera, in pixels, and the head's middle."""
    points = np.array(face.landmarks)
    eyes = float(np.hypot(*(points[1] - points[0])))
    middle = (points[:2].mean(axis=0) + points[3:].mean(axis=0)) / 2
    y, x = np.indices(photo.shape[:2])
    across, down = (x - middle[0]) / eyes, (y - middle[1]) / eyes
    dome = np.clip(1 - (across / _BREADTH) ** 2 - (down / _HEIGHT) ** 2, 0, None)
    from_nose = (x - points[2, 0]) ** 2 + (y - points[2, 1]) ** 2
    nose = np.exp(-from_nose / (2 * (_NOSE_WIDTH * eyes) ** 2))
    return eyes * (_DEPTH * np.sqrt(dome) + _NOSE_DEPTH * nose), middle


def _seen(photo: Pixels, moved: Map) -> Pixels:
    """Draw each row with its columns where `moved` (H, W) puts them; what is hidden stays so."""
    height, width = moved.shape
    target = np.arange(width)
    visible = np.maximum.accumulate(moved, axis=1)
    source = np.array([np.interp(target, row, target) for row in visible], np.float32)
    rows = np.repeat(np.arange(height, dtype=np.float32)[:, None], width, axis=1)
    drawn = cv2.remap(photo, source, rows, cv2.INTER_LINEAR)
    return drawn.astype(np.uint8, copy=False)


def _transposed(photo: Pixels) -> Pixels:
    return np.ascontiguousarray(photo.transpose(1, 0, 2))
