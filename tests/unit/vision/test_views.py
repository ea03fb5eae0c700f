"""What the detector is shown, and the way back from there into the photo."""

import numpy as np
import pytest

from deployments.vision.detections import Detection
from deployments.vision.pictures import Picture
from deployments.vision.views import View, close_up, whole
from tests.unit.vision.photographs import empty

BOX = np.array([30, 30, 80, 100], np.float32)


@pytest.mark.parametrize(
    ("height", "width", "at_least", "scale"),
    [(100, 50, 1, 1.0), (640, 640, 256, 1.0), (1280, 320, 256, 0.5), (160, 80, 640, 4.0)],
)
def test_a_photo_lies_in_the_upper_left_corner(
    height: int, width: int, at_least: int, scale: float
) -> None:
    """The rest of the square is black; a small photo is enlarged as far as is wanted."""
    view = whole(Picture(empty(height, width)), 640, at_least=at_least)
    assert view.scale == scale
    assert view.pixels.shape == (640, 640, 3)
    assert int((view.pixels > 0).sum()) == 3 * round(height * scale) * round(width * scale)


def test_a_close_up_holds_the_face_in_its_middle() -> None:
    """The box's longer side takes 1 / 1.6 of the square."""
    view = close_up(Picture(empty(200, 200)), BOX, 256)
    corner, opposite = BOX[:2] * view.scale + view.shift, BOX[2:] * view.scale + view.shift
    assert (corner + opposite) / 2 == pytest.approx([128, 128])
    assert opposite[1] - corner[1] == pytest.approx(160)


def test_what_is_seen_comes_back_in_pixels_of_the_photo() -> None:
    """Boxes and landmarks are scaled and shifted back; the score stays."""
    view = View(empty(), 2.0, np.array([10.0, 20.0]))
    seen = Detection(np.array([10, 20, 30, 60], np.float32), 0.9, np.full((5, 2), 40, np.float32))
    found = view.located(seen)
    assert found.box.tolist() == [0, 0, 10, 20]
    assert found.landmarks[0].tolist() == [15, 10]
    assert found.score == 0.9
