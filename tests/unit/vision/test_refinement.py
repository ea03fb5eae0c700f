"""The second look: the same landmarks, and so the same vector, from near and from afar."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from deployments.messages import Analysis
from deployments.vision.detector import Detection
from deployments.vision.images import Pixels
from deployments.vision.pipeline import Pipeline
from deployments.vision.refinement import refine
from tests.unit.vision.photographs import empty, group, photo_of

LANDMARKS = np.array([[40, 50], [70, 50], [55, 65], [42, 80], [68, 80]], np.float32)
FACE = Detection(np.array([30, 30, 80, 100], np.float32), 0.9, LANDMARKS)


class Blind:
    """A detector that sees what it was told to, and counts how often it looked."""

    def __init__(self, *seen: Detection) -> None:
        self.seen = list(seen)
        self.looks = 0

    def detect(self, images: Sequence[Pixels]) -> list[list[Detection]]:
        """Return the same for every image."""
        self.looks += len(images)
        return [self.seen for _ in images]


def people(pipeline: Pipeline, picture: Pixels) -> list[np.ndarray]:
    """Return the vectors of a picture's faces from left to right."""
    analysis = pipeline.analyse([photo_of(picture)])[0]
    assert isinstance(analysis, Analysis)
    faces = sorted(analysis.faces, key=lambda face: face.bbox[0])
    return [face.vector for face in faces if face.vector is not None]


def test_a_small_face_is_the_same_from_afar(pipeline: Pipeline) -> None:
    """The six of a group photo and of the same photo at half its size are alike."""
    near = people(pipeline, group())
    far = people(pipeline, np.asarray(cv2.resize(group(), None, fx=0.5, fy=0.5), np.uint8))

    assert len(near) == len(far) == 6
    assert min(float(one @ other) for one, other in zip(near, far, strict=True)) > 0.75


@pytest.mark.parametrize(("scale", "looks"), [(1.0, 1), (4.0, 0)])
def test_only_a_small_face_is_looked_at_again(scale: float, looks: int) -> None:
    """A face that was large in the first look needs no second one."""
    detector = Blind()

    refine(detector, empty(200, 200), [FACE], scale)

    assert detector.looks == looks


@pytest.mark.parametrize("seen", [[], [Detection(np.array([0, 0, 20, 20]), 0.9, LANDMARKS)]])
def test_a_face_not_seen_again_stays(seen: list[Detection]) -> None:
    """Where the second look finds nobody in its middle, the first one holds."""
    assert refine(Blind(*seen), empty(200, 200), [FACE], 1.0)[0] is FACE


def test_landmarks_come_back_in_pixels_of_the_image() -> None:
    """What is seen in the middle of the square lies in the middle of the box."""
    middle = Detection(np.array([100, 100, 156, 156]), 0.8, np.full((5, 2), 128, np.float32))
    aside = Detection(np.array([90, 90, 190, 190]), 0.95, np.zeros((5, 2), np.float32))

    refined = refine(Blind(aside, middle), empty(200, 200), [FACE], 1.0)[0]

    np.testing.assert_allclose(refined.landmarks, np.tile([55, 65], (5, 1)), atol=1e-3)
    assert refined.score == FACE.score


def test_no_faces_no_look() -> None:
    """A photo without faces costs nothing."""
    assert refine(Blind(), empty(), [], 1.0) == []
