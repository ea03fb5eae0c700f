"""A photo at several sizes: no more is decoded than is looked at, and nothing shifts."""

import cv2
import numpy as np
import pytest
from PIL import Image

from deployments.errors import UndecodableImage
from deployments.vision.pictures import Picture, Pixels
from tests.unit.vision.photographs import as_stored, encoded, exif, jpeg, opened_here, portrait

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
    picture = opened_here(jpeg(LARGE), max_pixels=10_000_000, side=side)
    assert list(picture._levels) == reductions
    assert (picture.width, picture.height) == (2400, 1600)


def test_a_face_that_needs_more_pixels_gets_them() -> None:
    """Seen at its own size, a part of a photo decoded at an eighth is decoded whole."""
    picture = opened_here(jpeg(LARGE), max_pixels=10_000_000, side=10)
    assert np.abs(shown(picture, 1.0).astype(int) - LARGE[:64, :64]).mean() < 3
    assert 1 in picture._levels


@pytest.mark.parametrize("scale", [0.5, 0.25, 0.15, 0.1])
@pytest.mark.parametrize("reduction", [1, 8])
def test_a_cut_shows_the_same_place_whatever_it_is_made_of(scale: float, reduction: int) -> None:
    """From pixels reduced while decoding or afterwards, features lie where they lay."""
    data = jpeg(LARGE, 100)
    picture = opened_here(data, max_pixels=10_000_000, side=2400 // reduction)
    # The centre of the first pixel of the cut is that of the first pixel of the photo.
    grid = (np.mgrid[:64, :64][::-1] / scale).astype(np.float32)
    smooth = cv2.GaussianBlur(LARGE, (0, 0), 0.4 / scale)
    expected = cv2.remap(smooth, grid[0], grid[1], cv2.INTER_LINEAR)
    found = cv2.GaussianBlur(shown(picture, scale), (0, 0), 0.4)
    assert moved(np.asarray(found, np.uint8), expected.astype(np.uint8)) < 0.25


def moved(found: Pixels, expected: Pixels) -> float:
    """Return by how many pixels one picture is shifted against the other."""
    one, other = (
        cv2.cvtColor(each, cv2.COLOR_BGR2GRAY).astype(np.float64) for each in (found, expected)
    )
    return float(np.abs(cv2.phaseCorrelate(one, other)[0]).max())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_nothing_shifts_however_the_camera_was_held(orientation: int) -> None:
    """Where an edge cuts blocks off, a turned photo shows what it shows when decoded whole."""
    odd = LARGE[:1597, :2395]
    data = encoded(as_stored(Image.fromarray(odd), orientation), "JPEG", exif=exif(orientation))
    picture = opened_here(data, max_pixels=10_000_000, side=100)
    assert moved(shown(picture, 0.1), shown(Picture(odd), 0.1)) < 0.05


@pytest.mark.parametrize(
    ("width", "orientation", "reductions"),
    [(2400, 6, [8]), (2396, 6, [4]), (2399, 6, [1]), (2399, 1, [8])],
)
def test_a_turned_photo_is_reduced_into_whole_blocks(
    width: int, orientation: int, reductions: list[int]
) -> None:
    """What cameras store has no others; an upright photo leaves out what fills none."""
    data = encoded(Image.fromarray(LARGE[:, :width]), "JPEG", exif=exif(orientation))
    picture = opened_here(data, max_pixels=10_000_000, side=100)
    assert list(picture._levels) == reductions


@pytest.mark.parametrize("scale", [0.43, 0.21, 0.249, 0.12])
@pytest.mark.parametrize("middle", [(1200, 1100), (80, 1100), (1200, 90)])
@pytest.mark.parametrize("side", [100, 10_000])
def test_what_is_resized_lies_where_its_scale_says(
    side: int, middle: tuple[int, int], scale: float
) -> None:
    """A disc far from the upper left corner is a tenth of a pixel off at most, where reduced."""
    image = np.zeros((1279, 1287, 3), np.uint8)
    cv2.circle(image, middle, 40, (255, 255, 255), -1)
    fitted = opened_here(jpeg(image), max_pixels=10_000_000, side=side).fitted(scale)
    moments = cv2.moments(fitted[..., 0])
    found = np.array([moments["m10"], moments["m01"]]) / moments["m00"]
    assert np.abs(found - ((np.array(middle) + 0.5) * scale - 0.5)).max() < 0.1


@pytest.mark.parametrize("scale", [640 / 2400, 0.11, 1.3])
def test_without_a_side_pixels_are_those_insightface_takes(scale: float) -> None:
    """Decoded whole, resized and cut with OpenCV's plain sampling, nothing averaged before."""
    data = jpeg(LARGE)
    whole = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR))
    picture = opened_here(data, max_pixels=10_000_000, side=None)
    matrix = np.array([[scale, 0, 0], [0, scale, 0]])
    resized = cv2.resize(whole, (int(2400 * scale), int(1600 * scale)))
    assert np.array_equal(picture.fitted(scale), resized)
    assert np.array_equal(picture.cut(matrix, 64), cv2.warpAffine(whole, matrix, (64, 64)))


@pytest.mark.parametrize("orientation", [1, 6])
def test_size_is_that_of_the_upright_photo(orientation: int) -> None:
    """A camera held on end changes width for height, also where half was decoded."""
    data = encoded(Image.fromarray(LARGE), "JPEG", exif=exif(orientation))
    picture = opened_here(data, max_pixels=10_000_000, side=600)
    expected = (2400, 1600) if orientation == 1 else (1600, 2400)
    assert (picture.width, picture.height) == expected


def test_a_photo_without_a_decoder_is_averaged_down_once() -> None:
    """What is no JPEG is whole already; its reductions are made and kept."""
    picture = Picture(LARGE)
    assert picture.fitted(0.25).shape == (400, 600, 3)
    assert sorted(picture._levels) == [1, 4]
    assert picture.fitted(0.25) is picture._levels[4]


def test_a_look_that_failed_fails_again_and_spoils_no_other() -> None:
    """What is at hand is still seen where the whole photo cannot be had."""

    def damaged(_reduction: int) -> Pixels:
        raise UndecodableImage("Damaged further down.")

    picture = Picture(LARGE[::4, ::4], 4, (2400, 1600), finer=damaged)
    with pytest.raises(UndecodableImage):
        shown(picture, 1.0)
    with pytest.raises(UndecodableImage):
        shown(picture, 0.5)
    assert picture.fitted(0.125).shape == (200, 300, 3)


@pytest.mark.parametrize("shape", [(1, 1), (3, 2000), (2000, 3)])
def test_odd_shapes_have_a_pixel_at_any_size(shape: tuple[int, int]) -> None:
    """However flat, a photo never shrinks to nothing."""
    picture = Picture(np.full((*shape, 3), 90, np.uint8))
    assert min(picture.fitted(0.05).shape) >= 1
    assert shown(picture, 0.05).shape == (64, 64, 3)
