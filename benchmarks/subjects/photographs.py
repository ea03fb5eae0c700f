"""The photos that are measured on: London's portraits, as they are and as a phone sends them.

The portraits (Face Research Lab London Set, 102 people, two photos each, 512 px) are no part of
the repository: they lie in FACEGRAPH_SHARED, or in the folder `shared` beside the checkout.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from insightface.data import get_image
from numpy.typing import NDArray

from evaluation.separation import person_in

Pixels = NDArray[np.uint8]

SHARED = Path(os.environ.get("FACEGRAPH_SHARED", Path(__file__).resolve().parents[3] / "shared"))
LONDON = SHARED / "faces" / "london"

PHONE_SIDE = 3000
CROWD = (10, 16)  # Rows and columns of portraits in the crowd.
CROWD_SIDE = 80  # Of one of them, in pixels.


class PhotosMissing(Exception):
    """The portraits are not where they are looked for."""


def london(limit: int | None = None) -> list[Path]:
    """Return the portraits, in pairs of one person; `limit` is a number of people."""
    photos = sorted(LONDON.glob("*_*.jpg"))
    if not photos:
        raise PhotosMissing(f"No portraits in {LONDON}; FACEGRAPH_SHARED names another folder.")
    people = sorted({person_in(photo) for photo in photos})[:limit]
    return [photo for photo in photos if person_in(photo) in set(people)]


def as_phone(data: bytes) -> bytes:
    """Return a photo enlarged to 3000 px on its longer side, as JPEG of quality 90.

    Upscaled: as heavy to decode as what a phone sends, but with no more to see than before.
    """
    return enlarged(data, PHONE_SIDE)


def enlarged(data: bytes, side: int) -> bytes:
    """Return a photo enlarged to so many pixels on its longer side, as JPEG of quality 90."""
    return jpeg(_scaled(pixels(data), side, cv2.INTER_CUBIC), 90)


def as_thumbnail(data: bytes, side: int = 64) -> bytes:
    """Return a photo shrunk to a thumbnail as poor JPEG: hard, so that errors can be counted."""
    return jpeg(_scaled(pixels(data), side, cv2.INTER_AREA), 50)


def group() -> bytes:
    """Return insightface's `t1`, a group of six people, 1280 x 886 px."""
    return jpeg(np.asarray(get_image("t1"), np.uint8), 95)


def crowd(portraits: Sequence[Path]) -> bytes:
    """Return 160 portraits in one picture of 1280 x 800 px; faces are some 40 px high."""
    rows, columns = CROWD
    small = [_scaled(pixels(path.read_bytes()), CROWD_SIDE) for path in portraits[: rows * columns]]
    lines = [np.hstack(small[row * columns : (row + 1) * columns]) for row in range(rows)]
    return jpeg(np.vstack(lines), 95)


def pixels(data: bytes) -> Pixels:
    """Decode to (H, W, 3) BGR the plain way."""
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(image, np.uint8)


def jpeg(image: Pixels, quality: int) -> bytes:
    """Encode (H, W, 3) BGR."""
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def _scaled(image: Pixels, side: int, how: int = cv2.INTER_AREA) -> Pixels:
    height, width = image.shape[:2]
    scale = side / max(height, width)
    size = round(width * scale), round(height * scale)
    return cv2.resize(image, size, interpolation=how).astype(np.uint8, copy=False)
