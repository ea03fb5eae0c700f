"""The demo's photos: shipped by packages, cropped, changed and drawn on. Arrays are BGR, uint8."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from insightface.data import get_image
from numpy.typing import NDArray
from skimage.data import astronaut

Picture = NDArray[np.uint8]
Box = Sequence[float]
MARGIN = 0.4  # of the box's longer side: what a person would leave around a face


@dataclass(frozen=True, slots=True)
class Label:
    """Who stands in a box, what is written at it, and whether that is right."""

    name: str
    box: Box
    text: str
    good: bool


def group_photo() -> Picture:
    """Return insightface's `t1`: six people in a row or two."""
    return _picture(get_image("t1"))


def stranger_photo() -> Picture:
    """Return scikit-image's astronaut, who is in nobody's gallery."""
    return _picture(astronaut()[:, :, ::-1])


def crop(picture: Picture, box: Box) -> Picture:
    """Cut a face out with a margin, as a portrait would show it."""
    left, top, right, bottom = box
    margin = MARGIN * max(right - left, bottom - top)
    height, width = picture.shape[:2]
    rows = slice(max(0, int(top - margin)), min(height, int(bottom + margin)))
    columns = slice(max(0, int(left - margin)), min(width, int(right + margin)))
    return picture[rows, columns]


def changed(picture: Picture, *, degrees: float, brightness: float) -> tuple[Picture, Any]:
    """Return the picture rotated about its middle and darkened, and the 2 x 3 matrix it took."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    rotated = cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return _picture(cv2.convertScaleAbs(rotated, alpha=brightness)), matrix


def centre(box: Box, matrix: Any = None) -> tuple[float, float]:
    """Return the middle of a box, moved by a 2 x 3 matrix where one is given."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    if matrix is None:
        return x, y
    moved = matrix @ np.array([x, y, 1.0])
    return float(moved[0]), float(moved[1])


def jpeg(picture: Picture, quality: int = 92) -> bytes:
    """Encode as JPEG."""
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])


def annotated(picture: Picture, labels: Sequence[Label]) -> Picture:
    """Draw each label at its box: green is good news, red is not."""
    drawn = picture.copy()
    for label in labels:
        colour = (90, 170, 40) if label.good else (60, 60, 210)
        left, top, right, bottom = (int(edge) for edge in label.box)
        cv2.rectangle(drawn, (left, top), (right, bottom), colour, 2, cv2.LINE_AA)
        _write(drawn, label.text, (left, top), colour)
    return drawn


def _write(picture: Picture, text: str, corner: tuple[int, int], colour: Sequence[int]) -> None:
    font, scale, thickness = cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1
    (width, height), base = cv2.getTextSize(text, font, scale, thickness)
    left, bottom = corner[0], max(corner[1], height + base + 4)
    plate = (left + width + 6, bottom - height - base - 4)
    cv2.rectangle(picture, (left, bottom), plate, colour, cv2.FILLED)
    origin = (left + 3, bottom - base - 1)
    cv2.putText(picture, text, origin, font, scale, (255, 255, 255), thickness, cv2.LINE_AA)


def _picture(array: Any) -> Picture:
    return np.ascontiguousarray(array, dtype=np.uint8)
