"""Proves, before a replica is ready, that this pack embeds right where it runs.

The canary is the group photo that insightface ships: its six people have to be found, told apart,
and found again in a smaller, darker copy. A broken driver or damaged weights seldom fail outright:
they give vectors, and the wrong ones. What would be wrong alike in photo and copy is told by
comparison: on a GPU with the same vectors from the CPU, and where the pack is known with what its
recogniser gave for a pattern that shows nobody.
"""

from collections.abc import Callable, Sequence
from typing import Final

import cv2
import numpy as np
from insightface.data import get_image
from numpy.typing import NDArray

from deployments.errors import FacegraphError
from deployments.messages.embedder import Analysis, Model, Photo, Vector
from deployments.vision.alignment import CROP_SIZE
from deployments.vision.catalogue import OPENCV_ZOO
from deployments.vision.pictures import Pixels

_PEOPLE = 6
_SMALLER = 0.7
_DARKER = 0.8
_LENGTH_TOLERANCE = 1e-3
_VALUE_TOLERANCE = 2e-3

_LEAST_LIKE_REFERENCE = 0.999

# The first eight values of the unit vector that a pack's recogniser gives for `_pattern`, by the
# digest of the pack; ONNX Runtime and OpenVINO agree on them to 1e-5.
_PATTERN_VECTORS: Final = {
    OPENCV_ZOO.digest: (0.0355, 0.082, -0.0418, 0.0436, -0.1022, 0.0259, -0.1078, -0.0499),
}

PIXELS: Final = 1280 * 886  # Of the photo.

Analyse = Callable[[Sequence[Photo]], list[Analysis | FacegraphError]]
Embed = Callable[[Sequence[Pixels]], Vector]


class CanaryFailed(Exception):
    """The model does not do what it is for; one line says what was seen."""


def prove(analyse: Analyse, model: Model, reference: Analyse | None = None) -> None:
    """Raise CanaryFailed unless the six are found, told apart, and found again in the copy.

    `reference` analyses as it should be done; vectors have to be the same.
    """
    photo = get_image("t1")
    copy = cv2.resize(photo, None, fx=_SMALLER, fy=_SMALLER, interpolation=cv2.INTER_AREA)
    results = analyse([_encoded(photo), _encoded(copy * _DARKER)])
    original, changed = (_vectors(result) for result in results)
    if reference is not None:
        _require_alike(original, _vectors(reference([_encoded(photo)])[0]), model)
    similarities = original @ changed.T
    if (similarities.argmax(axis=1) != np.arange(_PEOPLE)).any():
        raise CanaryFailed(f"{model.pack} takes people of the canary photo for one another.")
    if (least := float(similarities.diagonal().min())) < model.verify_threshold:
        raise CanaryFailed(
            f"{model.pack} does not find the people of the canary photo again: a similarity of "
            f"{least:.2f}, which must reach {model.verify_threshold:.2f}."
        )


def prove_recogniser(embed: Embed, model: Model) -> None:
    """Raise CanaryFailed if a known recogniser gives another vector than it gave for a pattern."""
    expected = _PATTERN_VECTORS.get(model.digest)
    found = embed([_pattern()])[0][: len(expected or ())]
    if expected and not np.allclose(found, expected, atol=_VALUE_TOLERANCE):
        raise CanaryFailed(f"The recogniser of {model.pack} does not compute what it should.")


def _pattern() -> Pixels:
    """Return (112, 112, 3) pixels of arithmetic, the same everywhere, in which nobody is seen."""
    row, column, channel = np.ogrid[:CROP_SIZE, :CROP_SIZE, :3]
    pattern: Pixels = (row // 8 * 37 + column // 8 * 59 + channel * 85).astype(np.uint8)
    return pattern


def _require_alike(found: Vector, expected: Vector, model: Model) -> None:
    least = float(np.einsum("nd,nd->n", found, expected).min())
    if least < _LEAST_LIKE_REFERENCE:
        raise CanaryFailed(
            f"{model.pack} embeds the canary photo otherwise than on a CPU: a similarity of "
            f"{least:.4f}, which must reach {_LEAST_LIKE_REFERENCE}."
        )


def _encoded(pixels: cv2.typing.MatLike) -> Photo:
    data = cv2.imencode(".jpg", cv2.convertScaleAbs(pixels))[1].tobytes()
    return Photo(data, embed="all")


def _vectors(result: Analysis | FacegraphError) -> NDArray[np.float32]:
    """Return (6, dimension) vectors from left to right."""
    if isinstance(result, FacegraphError):
        raise CanaryFailed(f"The canary photo is refused: {result}")
    if len(result.faces) != _PEOPLE:
        raise CanaryFailed(f"{len(result.faces)} faces in the canary photo, which shows six.")
    faces = sorted(result.faces, key=lambda face: face.bbox[0])
    vectors = np.stack([face.vector for face in faces if face.vector is not None])
    if not np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=_LENGTH_TOLERANCE):
        raise CanaryFailed("Vectors of the canary photo are not of unit length.")
    return vectors
