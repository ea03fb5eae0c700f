"""Looks for faces: quickly where only the largest is wanted, and at every face once more.

The second look shows each face at a size of its own, so a face gives nearly the same landmarks,
and so nearly the same vector, from a group photo, a portrait, or a first look that was quick.
What that is worth is told in docs/decisions/0006-two-looks.md.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from deployments.vision.bounded import powers_of_two
from deployments.vision.detections import Detection
from deployments.vision.detector import Detector
from deployments.vision.pictures import Picture
from deployments.vision.views import View, close_up, whole

QUICK_SIZE: Final = 192  # Side of the square of a quick look, in pixels.
CLOSE_SIZE: Final = 256  # Side of the square a second look shows a face in, in pixels.

# What a quick look can tell for certain: a face that takes a tenth of the photo's longer side,
# when no other has more than so much of its area, for sizes are a tenth off at times.
_LEAST_SHARE = 0.1
_NEAREST_RIVAL = 0.7

# Landmarks that lie closer together, in pixels of the photo, are a point and no face.
_LEAST_SPREAD = 1.0


class Finder:
    """A detector and how it is used; one thread at a time.

    `size` is the side of the square a full look takes a photo in. `photos_at_once` says how many of
    these squares are run together, `faces_at_once` how many of the smaller ones of quick and second
    looks. Without `second_look` there are neither quick nor second looks: landmarks are those of
    the full look, as insightface takes them.
    """

    def __init__(
        self,
        detector: Detector,
        *,
        size: int,
        second_look: bool,
        photos_at_once: int,
        faces_at_once: int,
    ) -> None:
        self._detector = detector
        self._size = size
        self._second_look = second_look
        self._photos_at_once = photos_at_once
        self._faces_at_once = faces_at_once

    def warm_up(self) -> None:
        """Run the detector on every size and number of views that it is compiled for."""
        looks = [(self._size, self._photos_at_once)]
        if self._second_look:
            looks += [(QUICK_SIZE, self._faces_at_once), (CLOSE_SIZE, self._faces_at_once)]
        runs = {(size, count) for size, at_once in looks for count in powers_of_two(at_once)}
        for size, count in sorted(runs):
            view = View(np.zeros((size, size, 3), np.uint8), 1.0, np.zeros(2))
            self._detector.detect([view] * count)

    def find(
        self, pictures: Sequence[Picture], only_largest: Sequence[bool]
    ) -> list[list[Detection]]:
        """Return the faces of each photo; of one where only the largest matters, perhaps it alone.

        Both sequences are of one length.
        """
        quick = [at for at, only in enumerate(only_largest) if only and self._second_look]
        found: dict[int, list[Detection]] = {}
        seen = self._look(pictures, quick, QUICK_SIZE, self._faces_at_once)
        for at, faces in zip(quick, seen, strict=True):
            if (largest := self._certainly_largest(faces, pictures[at])) is not None:
                found[at] = [largest]
        rest = [at for at in range(len(pictures)) if at not in found]
        seen = self._look(pictures, rest, self._size, self._photos_at_once)
        found |= dict(zip(rest, seen, strict=True))
        return [found[at] for at in range(len(pictures))]

    def look_again(self, faces: Sequence[tuple[Picture, Detection]]) -> list[Detection]:
        """Return the faces with landmarks from close-ups; one that is not seen again stays."""
        if not self._second_look:
            return [face for _, face in faces]
        views = [close_up(picture, face.box, CLOSE_SIZE) for picture, face in faces]
        seen = self._shown([picture for picture, _ in faces], views, self._faces_at_once)
        return [_seen_again(face, again) for (_, face), again in zip(faces, seen, strict=True)]

    def _look(
        self, pictures: Sequence[Picture], at: Sequence[int], size: int, at_once: int
    ) -> list[list[Detection]]:
        # A face that fills a square of 640 px is missed by SCRFD and scored lower by YuNet, and one
        # of 30 px is missed at times: small photos are enlarged a little. insightface enlarges all.
        at_least = CLOSE_SIZE if self._second_look else size
        views = [whole(pictures[each], size, at_least=at_least) for each in at]
        return self._shown([pictures[each] for each in at], views, at_once)

    def _shown(
        self, pictures: Sequence[Picture], views: Sequence[View], at_once: int
    ) -> list[list[Detection]]:
        """Return the faces in each view, one of each picture, without what cannot be faces."""
        seen = self._detector.detect_in_runs(views, at_once)
        return [
            [face for face in faces if _is_possible(face, picture)]
            for picture, faces in zip(pictures, seen, strict=True)
        ]

    def _certainly_largest(self, faces: list[Detection], picture: Picture) -> Detection | None:
        """Return the largest face if no larger one can have been missed or made up."""
        if not faces:
            return None
        largest, *others = sorted(faces, key=lambda face: -picture.area(face.box))
        rivals = (picture.area(face.box) / picture.area(largest.box) for face in others)
        certain = (
            largest.score >= self._detector.manner.certain
            and largest.side >= _LEAST_SHARE * picture.side
            and max(rivals, default=0.0) <= _NEAREST_RIVAL
        )
        return largest if certain else None


def _is_possible(face: Detection, picture: Picture) -> bool:
    """Tell whether a face has an extent, and has it in the photo; networks may claim anything."""
    return bool(
        np.isfinite(face.box).all()
        and np.isfinite(face.landmarks).all()
        and np.ptp(face.landmarks, axis=0).max() >= _LEAST_SPREAD
        and picture.area(face.box) > 0
    )


def _seen_again(face: Detection, seen: list[Detection]) -> Detection:
    """Return the face with the landmarks of the close-up's detection nearest to its middle.

    One that does not hold the middle is a neighbour. Box and score stay those of the first look:
    by them faces were ordered and chosen.
    """
    middle = (face.box[:2] + face.box[2:]) / 2
    central = [again for again in seen if _holds(again.box, middle)]
    nearest = min(central, key=lambda again: _distance(again.box, middle), default=face)
    return replace(face, landmarks=nearest.landmarks)


def _holds(box: NDArray[np.float32], point: NDArray[np.floating]) -> bool:
    return bool((box[:2] < point).all() and (box[2:] > point).all())


def _distance(box: NDArray[np.float32], point: NDArray[np.floating]) -> float:
    return float(np.hypot(*((box[:2] + box[2:]) / 2 - point)))
