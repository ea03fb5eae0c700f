"""Proves, before a replica is ready, that this pack on this device still tells people apart.

The canary is the group photo that insightface ships: six people, and the same six in a smaller,
darker copy. A broken driver, a wrong precision or damaged weights seldom fail outright: they give
vectors, and the wrong ones.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from insightface.data import get_image
from numpy.typing import NDArray

from deployments.errors import FacegraphError
from deployments.messages import Analysis, Model, Photo

_PEOPLE = 6
_SMALLER = 0.7
_DARKER = 0.8
_LENGTH_TOLERANCE = 1e-3

Analyse = Callable[[Sequence[Photo]], list[Analysis | FacegraphError]]


class CanaryFailed(Exception):
    """The model does not do what it is for; one line says what was seen."""


def prove(analyse: Analyse, model: Model) -> None:
    """Raise CanaryFailed unless the six are found, told apart, and found again in the copy."""
    photo = get_image("t1")
    copy = cv2.resize(photo, None, fx=_SMALLER, fy=_SMALLER, interpolation=cv2.INTER_AREA)
    results = analyse([_encoded(photo), _encoded(copy * _DARKER)])
    original, changed = (_vectors(result) for result in results)
    similarities = original @ changed.T
    if (similarities.argmax(axis=1) != np.arange(_PEOPLE)).any():
        raise CanaryFailed(f"{model.pack} takes people of the canary photo for one another.")
    if (least := float(similarities.diagonal().min())) < model.verify_threshold:
        raise CanaryFailed(
            f"{model.pack} does not find the people of the canary photo again: a similarity of "
            f"{least:.2f}, which must reach {model.verify_threshold:.2f}."
        )


def _encoded(pixels: cv2.typing.MatLike) -> Photo:
    return Photo(cv2.imencode(".jpg", pixels)[1].tobytes(), embed="all")


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
