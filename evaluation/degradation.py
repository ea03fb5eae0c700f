"""Photos made worse in controlled steps, the way cameras and people make them worse.

Each takes a (H, W, 3) BGR photo, the face that was found in it when it was good, and a level.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.messages.embedder import Face
from deployments.vision.pictures import Pixels
from evaluation.turning import nodded, turned

# Screens show the 2.2nd power of what a pixel says; light adds up only in that scale.
_GAMMA = 2.2
# A small sensor: electrons at white, and electrons of noise that reading one pixel adds.
_FULL_WELL = 2000
_READ_NOISE = 5
# A small face comes in a photo that somebody sent: area averaging alone flatters it.
_SENT_QUALITY = 75

Degrade = Callable[[Pixels, Face, float], Pixels]


@dataclass(frozen=True, slots=True)
class Degradation:
    """One way to make a photo worse, from its mildest level to its worst; `unit` is the level's."""

    name: str
    unit: str
    levels: tuple[float, ...]
    apply: Degrade


def blurred(photo: Pixels, face: Face, share: float) -> Pixels:
    """Put it out of focus: a Gaussian, its sigma a share of the distance between the eyes."""
    return _pixels(cv2.GaussianBlur(photo, (0, 0), share * eye_distance(face)))


def shaken(photo: Pixels, face: Face, share: float) -> Pixels:
    """Move the camera sideways while it looks, by a share of the distance between the eyes."""
    length = max(1, round(share * eye_distance(face)))
    return _pixels(cv2.blur(photo, (length, 1)))


def shrunk(photo: Pixels, face: Face, size: float) -> Pixels:
    """Take it from afar: the face's box gets a shorter side of `size` pixels, and JPEG 75."""
    left, top, right, bottom = face.bbox
    scale = size / min(right - left, bottom - top)
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return compressed(_pixels(small), face, _SENT_QUALITY)


def darkened(photo: Pixels, face: Face, light: float) -> Pixels:
    """Leave a share of the light, with the noise of counting electrons and of reading them."""
    del face
    chance = np.random.default_rng(0)
    electrons = _linear(photo) * light * _FULL_WELL
    counted = chance.poisson(electrons) + chance.normal(0, _READ_NOISE, photo.shape)
    return _shown(counted / _FULL_WELL)


def overexposed(photo: Pixels, face: Face, light: float) -> Pixels:
    """Multiply the light, and cut it off where the sensor is full."""
    del face
    return _shown(_linear(photo) * light)


def hazy(photo: Pixels, face: Face, share: float) -> Pixels:
    """Reduce contrast about middle grey to a share, as a smeared lens does."""
    del face
    return _pixels(128 + (photo.astype(np.float64) - 128) * share)


def compressed(photo: Pixels, face: Face, quality: float) -> Pixels:
    """Save as JPEG at this quality, 1 to 100."""
    del face
    data = cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])[1]
    return _pixels(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)))


def tilted(photo: Pixels, face: Face, degrees: float) -> Pixels:
    """Rotate it clockwise about the face; what comes in at the edge mirrors what is there."""
    left, top, right, bottom = face.bbox
    centre = (left + right) / 2, (top + bottom) / 2
    matrix = cv2.getRotationMatrix2D(centre, -degrees, 1)
    size = photo.shape[1], photo.shape[0]
    return _pixels(cv2.warpAffine(photo, matrix, size, borderMode=cv2.BORDER_REFLECT))


def cut_beside(photo: Pixels, face: Face, share: float) -> Pixels:
    """Cut it off at the left, so that a share of the face's box lies beyond the edge."""
    left, _, right, _ = face.bbox
    return np.ascontiguousarray(photo[:, round(left + share * (right - left)) :])


def cut_below(photo: Pixels, face: Face, share: float) -> Pixels:
    """Cut it off at the chin, so that a share of the face's box lies beyond the edge."""
    _, top, _, bottom = face.bbox
    return np.ascontiguousarray(photo[: round(bottom - share * (bottom - top))])


def cut_above(photo: Pixels, face: Face, share: float) -> Pixels:
    """Cut it off at the forehead, so that a share of the face's box lies beyond the edge."""
    _, top, _, bottom = face.bbox
    return np.ascontiguousarray(photo[round(top + share * (bottom - top)) :])


def eye_distance(face: Face) -> float:
    """Return the pixels between the eyes."""
    (left, top), (right, bottom) = face.landmarks[:2]
    return float(np.hypot(right - left, bottom - top))


DEGRADATIONS: Final = (
    Degradation("blurred", "eye distances", (0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15), blurred),
    Degradation("shaken", "eye distances", (0.1, 0.2, 0.3, 0.4, 0.5, 0.6), shaken),
    Degradation("shrunk", "px", (80, 48, 40, 32, 28, 24, 20, 16, 12), shrunk),
    Degradation("darkened", "of the light", (0.3, 0.1, 0.05, 0.03, 0.02, 0.01), darkened),
    Degradation("overexposed", "times the light", (2, 3, 4, 6, 8, 12, 16), overexposed),
    Degradation("hazy", "of the contrast", (0.5, 0.25, 0.15, 0.1), hazy),
    Degradation("compressed", "JPEG quality", (20, 10, 5, 3), compressed),
    Degradation("tilted", "degrees", (15, 30, 45, 60, 90), tilted),
    Degradation("turned", "degrees", (-45, -30, -20, 20, 30, 45), turned),
    Degradation("nodded", "degrees", (-30, -20, -10, 10, 20, 30), nodded),
    Degradation("cut_beside", "of the box", (0.2, 0.3, 0.4, 0.5, 0.6), cut_beside),
    Degradation("cut_below", "of the box", (0.2, 0.3, 0.4, 0.5, 0.6), cut_below),
    Degradation("cut_above", "of the box", (0.2, 0.3, 0.4, 0.5, 0.6), cut_above),
)


def _linear(photo: Pixels) -> NDArray[np.float64]:
    """Return the light, 0 to 1."""
    return np.asarray((photo / 255.0) ** _GAMMA)


def _shown(light: NDArray[np.float64]) -> Pixels:
    return _pixels(255 * np.clip(light, 0, 1) ** (1 / _GAMMA))


def _pixels(values: NDArray[Any]) -> Pixels:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)
