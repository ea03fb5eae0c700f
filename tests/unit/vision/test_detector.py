"""Faces are found where they are, whatever the size of the photo and of the faces."""

import cv2
import numpy as np
import pytest

from deployments.vision.detections import Detection
from deployments.vision.detector import Detector
from deployments.vision.packs import Pack
from deployments.vision.pictures import Picture, Pixels
from deployments.vision.views import whole
from tests.unit.vision.photographs import empty, group, opened, portrait

# Where the six people of `t1` look from: between their eyes, in pixels.
BETWEEN_THE_EYES = [(103, 315), (301, 199), (521, 329), (782, 400), (931, 117), (1172, 322)]


@pytest.fixture(scope="module")
def detector(pack: Pack) -> Detector:
    """Return each pack's detector in turn."""
    return Detector(opened(pack, "detector"), pack.detector.kind)


def found_in(detector: Detector, *images: Pixels, size: int = 640) -> list[list[Detection]]:
    """Return what a detector finds in whole photos."""
    return detector.detect([whole(Picture(image), size, at_least=1) for image in images])


def eyes(detections: list[Detection]) -> list[tuple[float, float]]:
    """Return the points between the eyes, from left to right."""
    middles = sorted(tuple(found.landmarks[:2].mean(axis=0)) for found in detections)
    return [(float(x), float(y)) for x, y in middles]


def shares(detections: list[Detection], image: Pixels) -> list[float]:
    """Return the height of each box as a share of the image's."""
    return [float(found.box[3] - found.box[1]) / image.shape[0] for found in detections]


def tight_portrait() -> Pixels:
    """Return a face that fills a 512 px picture."""
    return cv2.resize(portrait()[60:210, 150:300], (512, 512)).astype(np.uint8)


def test_all_six_of_a_group_are_found_in_their_places(detector: Detector) -> None:
    """Landmarks lie on the faces, in pixels of the photo and not of the network's square."""
    found = found_in(detector, group())[0]
    assert np.abs(np.array(eyes(found)) - BETWEEN_THE_EYES).max() < 15


def test_a_face_that_fills_the_picture_is_found(detector: Detector) -> None:
    """A close portrait is one face, most of the picture high."""
    found = found_in(detector, tight_portrait())[0]
    assert [share > 0.5 for share in shares(found, tight_portrait())] == [True]


@pytest.mark.parametrize(
    "image",
    [empty(), empty(1, 1), empty(3, 2000), empty(2000, 3)],
    ids=["small", "one pixel", "wide", "high"],
)
def test_where_nobody_is_nobody_is_found(detector: Detector, image: Pixels) -> None:
    """No face is an empty list, whatever the shape of the photo."""
    assert found_in(detector, image) == [[]]


def test_each_image_gets_its_own_faces(detector: Detector) -> None:
    """In a batch, faces come back with the image they are in."""
    counts = [len(found) for found in found_in(detector, empty(), group(), portrait(), empty())]
    assert counts == [0, 6, 1, 0]


def test_a_batch_finds_what_single_runs_find(detector: Detector) -> None:
    """Neighbours in a batch do not move a box."""
    images = [group(), portrait(), tight_portrait()]
    together = [found.box for faces in found_in(detector, *images) for found in faces]
    alone = [found.box for image in images for found in found_in(detector, image)[0]]
    assert np.allclose(together, alone, atol=0.05)


@pytest.mark.parametrize("size", [320, 960])
def test_the_square_may_have_another_size(detector: Detector, size: int) -> None:
    """A smaller square is faster, a larger one sees smaller faces; both find these."""
    found = found_in(detector, group(), size=size)[0]
    assert np.abs(np.array(eyes(found)) - BETWEEN_THE_EYES).max() < 25


def test_the_square_must_suit_the_strides(detector: Detector) -> None:
    """A size the networks cannot halve five times is refused."""
    with pytest.raises(ValueError, match="multiple of 32, not 650"):
        found_in(detector, portrait(), size=650)
