"""Metadata that say how the camera was held are believed where they can be."""

from io import BytesIO

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps

from deployments.vision.orientation import is_sideways, orientation_of, turned
from tests.unit.vision.photographs import encoded, exif, filled

ROWS = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pixels_are_turned_as_pillow_turns_them(orientation: int) -> None:
    """All eight ways, pixel by pixel; width and height change places with four of them."""
    data = encoded(Image.fromarray(ROWS), "PNG", exif=exif(orientation))
    with Image.open(BytesIO(data)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
        assert orientation_of(image) == orientation
    shown = turned(ROWS, orientation)
    assert np.array_equal(shown, expected)
    assert is_sideways(orientation) == (shown.shape != ROWS.shape)


@pytest.mark.parametrize("told", [0, 9, 6.5, "6", b"\6"])
def test_what_is_none_of_the_eight_is_upright(told: object) -> None:
    """A number out of range, or no number, turns nothing."""
    metadata = Image.Exif()
    metadata[ExifTags.Base.Orientation] = told
    image = filled("RGB", "red")
    image.getexif().update(metadata)
    assert orientation_of(image) == 1


def test_metadata_nobody_can_read_turn_nothing() -> None:
    """Where EXIF is junk, the picture is taken as it is stored."""
    data = encoded(filled("RGB", "red"), "JPEG", exif=b"Exif\0\0junk")
    with Image.open(BytesIO(data)) as image:
        assert orientation_of(image) == 1
