"""Pixels are laid out as OpenCV lays them out, only faster."""

import cv2
import numpy as np
import pytest

from deployments.vision.tensors import normalised, planes
from tests.unit.vision.photographs import portrait


@pytest.mark.parametrize("rgb", [True, False])
@pytest.mark.parametrize(("mean", "scale"), [(0.0, 1.0), (127.5, 128.0)])
def test_a_blob_is_the_one_opencv_makes(mean: float, scale: float, *, rgb: bool) -> None:
    """Order of the images, of the channels, and values are the same."""
    images = [portrait()[:64, :96], portrait()[64:128, :96]]
    expected = cv2.dnn.blobFromImages(images, 1 / scale, mean=(mean,) * 3, swapRB=rgb)
    found = normalised(planes(images, rgb=rgb), mean, scale)
    assert found.dtype == np.float32
    assert np.allclose(found, expected, atol=1e-6)
