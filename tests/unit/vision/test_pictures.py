"""A photo at several sizes: no more is decoded than is looked at, and nothing shifts."""

import cv2
import numpy as np
import pytest

from deployments.vision.images import open_picture
from deployments.vision.pictures import Picture, Pixels
from tests.unit.vision.photographs import encoded, exif, jpeg, portrait

LARGE: Pixels = np.asarray(cv2.resize(portrait(), (2400, 1600)), np.uint8)


def shown(picture: Picture, scale: float, side: int = 64) -> Pixels:
    """Cut a square out of the upper left corner, seen at a scale."""
    return picture.cut(np.array([[scale, 0, 0], [0, scale, 0]]), side)


@pytest.mark.parametrize(
    ("side", "reductions"),
    [(2401, [1]), (1201, [1]), (1200, [2]), (640, [2]), (600, [4]), (300, [8]), (10, [8])],
)
def test_a_photo_is_decoded_no_larger_than_need_be(side: int, reductions: list[int]) -> None:
    """The smallest of whole, half, quarter and eighth that has the pixels asked for."""
    picture = open_picture(jpeg(LARGE), max_pixels=10_000_000, side=side)
    assert list(picture._levels) == reductions
    assert (picture.width, picture.height) == (2400, 1600)


def test_a_face_that_needs_more_pixels_gets_them() -> None:
    """Seen at its own size, a part of a photo decoded at an eighth is decoded whole."""
    picture = open_picture(jpeg(LARGE), max_pixels=10_000_000, side=10)
    assert np.abs(shown(picture, 1.0).astype(int) - LARGE[:64, :64]).mean() < 3
    assert 1 in picture._levels


@pytest.mark.parametrize("scale", [0.5, 0.25, 0.15, 0.1])
@pytest.mark.parametrize("reduction", [1, 8])
def test_a_cut_shows_the_same_place_whatever_it_is_made_of(scale: float, reduction: int) -> None:
    """From pixels reduced while decoding or afterwards, features lie where they lay."""
    data = jpeg(LARGE, 100)
    picture = open_picture(data, max_pixels=10_000_000, side=2400 // reduction)
    # The centre of the first pixel of the cut is that of the first pixel of the photo.
    grid = (np.mgrid[:64, :64][::-1] / scale).astype(np.float32)
    smooth = cv2.GaussianBlur(LARGE, (0, 0), 0.4 / scale)
    expected = cv2.remap(smooth, grid[0], grid[1], cv2.INTER_LINEAR)
    found = cv2.GaussianBlur(shown(picture, scale), (0, 0), 0.4)
    shifts, _ = cv2.phaseCorrelate(
        cv2.cvtColor(found, cv2.COLOR_BGR2GRAY).astype(np.float64),
        cv2.cvtColor(expected.astype(np.uint8), cv2.COLOR_BGR2GRAY).astype(np.float64),
    )
    assert np.abs(shifts).max() < 0.25


@pytest.mark.parametrize("orientation", [1, 6])
def test_size_is_that_of_the_upright_photo(orientation: int) -> None:
    """A camera held on end changes width for height, also where half was decoded."""
    from PIL import Image

    data = encoded(Image.fromarray(LARGE), "JPEG", exif=exif(orientation))
    picture = open_picture(data, max_pixels=10_000_000, side=600)
    expected = (2400, 1600) if orientation == 1 else (1600, 2400)
    assert (picture.width, picture.height) == expected


def test_a_photo_without_a_decoder_is_averaged_down_once() -> None:
    """What is no JPEG is whole already; its reductions are made and kept."""
    picture = Picture(LARGE)
    assert picture.fitted(0.25).shape == (400, 600, 3)
    assert sorted(picture._levels) == [1, 4]
    assert picture.fitted(0.25) is picture._levels[4]


@pytest.mark.parametrize("shape", [(1, 1), (3, 2000), (2000, 3)])
def test_odd_shapes_have_a_pixel_at_any_size(shape: tuple[int, int]) -> None:
    """However flat, a photo never shrinks to nothing."""
    picture = Picture(np.full((*shape, 3), 90, np.uint8))
    assert min(picture.fitted(0.05).shape) >= 1
    assert shown(picture, 0.05).shape == (64, 64, 3)
