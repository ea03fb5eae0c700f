"""Alignment is the best similarity onto insightface's template."""

import numpy as np
import pytest
from insightface.utils.face_align import arcface_dst
from skimage.transform import SimilarityTransform

from deployments.vision.alignment import align, similarity_transform
from deployments.vision.pictures import Picture
from tests.unit.vision.photographs import portrait

LANDMARKS = np.array([[200, 100], [245, 104], [220, 130], [203, 150], [240, 153]], np.float32)


def test_it_is_the_least_squares_similarity() -> None:
    """scikit-image, which insightface asks, finds the same matrix."""
    expected = SimilarityTransform.from_estimate(LANDMARKS, arcface_dst).params[:2]
    assert np.allclose(similarity_transform(LANDMARKS), expected)


def test_a_face_on_the_template_stays_where_it_is() -> None:
    """A crop that is aligned already comes back pixel by pixel."""
    crop = portrait()[50:162, 170:282]
    assert np.array_equal(align(Picture(crop), arcface_dst), crop)


@pytest.mark.parametrize("times", [1, 2, 4, 6])
def test_a_large_face_is_averaged_down(times: int) -> None:
    """Noise finer than the crop cancels out, instead of picking one pixel in many."""
    side = 112 * times
    noise = np.random.default_rng(3).integers(0, 256, (side, side, 3), np.uint8)
    spread = align(Picture(noise), arcface_dst * times + (times - 1) / 2).std()
    assert spread < 80 / max(1, times / 2)


@pytest.mark.parametrize("times", [2, 4, 6])
def test_a_large_face_is_not_shifted(times: int) -> None:
    """Averaging leaves features where plain sampling puts them."""
    crop = portrait()[50:162, 170:282]
    large = np.kron(crop, np.ones((times, times, 1), np.uint8))
    found = align(Picture(large), arcface_dst * times + (times - 1) / 2)
    assert np.abs(found.astype(int) - crop).mean() < 3


def test_beyond_the_edge_it_is_black() -> None:
    """A face cut off by the photo is completed with black."""
    white = np.full((112, 112, 3), 255, np.uint8)
    crop = align(Picture(white), arcface_dst + np.array([56, 0], np.float32))
    assert crop[:, -40:].max() == 0
    assert crop[:, :50].min() == 255
