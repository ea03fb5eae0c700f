"""Finds faces: boxes, scores and five landmarks, in pixels of the image it was given.

Every image is fitted into one fixed square, so the networks see one shape whatever is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from insightface.model_zoo.scrfd import SCRFD
from numpy.typing import NDArray

from deployments.vision import yunet
from deployments.vision.engines import Session
from deployments.vision.images import Pixels, planes
from deployments.vision.packs import Kind

Boxes = NDArray[np.float32]

_MIN_SCORE: dict[Kind, float] = {"yunet": 0.6, "scrfd": 0.5}
_MAX_OVERLAP = 0.4


@dataclass(frozen=True, slots=True)
class Detection:
    """One face as found: `box` (4,) x1 y1 x2 y2 may reach past the edge, `landmarks` is (5, 2).

    Landmarks: the eye on the left of the image, the other eye, nose, mouth left, mouth right.
    """

    box: NDArray[np.float32]
    score: float
    landmarks: NDArray[np.float32]


class Detector(Protocol):
    """A detection network with its own pre- and post-processing."""

    def detect(self, images: Sequence[Pixels]) -> list[list[Detection]]:
        """Return what was found in each (H, W, 3) BGR image, in the order of the images."""


def open_detector(session: Session, kind: Kind, *, size: int) -> Detector:
    """Give a network its processing; `size`, the side of its square, is a multiple of 32."""
    if size % 32:
        raise ValueError(f"A detector's size is a multiple of 32, not {size}.")
    return YuNetDetector(session, size) if kind == "yunet" else ScrfdDetector(session, size)


class YuNetDetector:
    """OpenCV Zoo's YuNet; one run for all images."""

    def __init__(self, session: Session, size: int) -> None:
        self._session = session
        self._size = size
        self._input = session.get_inputs()[0].name
        self._outputs = [output.name for output in session.get_outputs()]

    def detect(self, images: Sequence[Pixels]) -> list[list[Detection]]:
        """Return what was found in each image."""
        fitted = [fit(image, self._size) for image in images]
        outputs = self._session.run(None, {self._input: planes([square for square, _ in fitted])})
        heads = dict(zip(self._outputs, outputs, strict=True))
        candidates = yunet.decode(heads, self._size)
        return [
            _strongest(*candidates.of(at, _MIN_SCORE["yunet"]), scale)
            for at, (_, scale) in enumerate(fitted)
        ]


class ScrfdDetector:
    """insightface's SCRFD with insightface's own processing, which takes one image a run."""

    def __init__(self, session: Session, size: int) -> None:
        # Without a file name it keeps to this session instead of opening its own beside it.
        self._network = SCRFD(session=session, static_shape_sessions=False)
        self._network.prepare(0, det_thresh=_MIN_SCORE["scrfd"], nms_thresh=_MAX_OVERLAP)
        self._size = size

    def detect(self, images: Sequence[Pixels]) -> list[list[Detection]]:
        """Return what was found in each image."""
        return [self._detect(image) for image in images]

    def _detect(self, image: Pixels) -> list[Detection]:
        square, scale = fit(image, self._size)
        found, landmarks = self._network.detect(square, input_size=square.shape[:2])
        return [
            Detection(row[:4] / scale, float(row[4]), points / scale)
            for row, points in zip(found, landmarks, strict=True)
        ]


def scale_to_fit(image: Pixels, size: int) -> float:
    """Return by how much an image is shrunk to fit a square; 1 for one that fits as it is."""
    return min(1.0, size / float(max(image.shape[:2])))


def fit(image: Pixels, size: int) -> tuple[Pixels, float]:
    """Shrink an image into the upper left of a black square, and return by how much.

    A small image is not enlarged: that shows the network nothing new, and YuNet scores faces that
    fill the picture lower for it (0.86 instead of 0.91 on tight 512 px portraits).
    """
    height, width = image.shape[:2]
    scale = scale_to_fit(image, size)
    fitted = max(1, round(width * scale)), max(1, round(height * scale))
    square = np.zeros((size, size, 3), np.uint8)
    square[: fitted[1], : fitted[0]] = (
        image if scale == 1.0 else cv2.resize(image, fitted, interpolation=cv2.INTER_AREA)
    )
    return square, scale


def _strongest(
    boxes: Boxes, scores: NDArray[np.float32], landmarks: NDArray[np.float32], scale: float
) -> list[Detection]:
    """Keep of overlapping candidates the one with the highest score."""
    corner_and_size = np.hstack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])
    kept = cv2.dnn.NMSBoxes(corner_and_size.tolist(), scores.tolist(), 0.0, _MAX_OVERLAP)
    return [
        Detection(boxes[at] / scale, float(scores[at]), landmarks[at] / scale)
        for at in np.asarray(kept, dtype=int)
    ]
