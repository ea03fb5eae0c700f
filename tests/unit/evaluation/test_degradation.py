"""Photos get worse by as much as the level says."""

import numpy as np
import pytest

from deployments.messages.embedder import Face, Pose, Quality
from evaluation.degradation import (
    DEGRADATIONS,
    Degradation,
    cut_above,
    cut_below,
    cut_beside,
    eye_distance,
    hazy,
    overexposed,
    shrunk,
    tilted,
)
from evaluation.turning import nodded, turned
from tests.unit.vision.photographs import portrait

LANDMARKS = ((204.0, 107.0), (245.0, 105.0), (228.0, 131.0), (211.0, 149.0), (243.0, 147.0))
FACE = Face(
    (180.0, 60.0, 270.0, 180.0), LANDMARKS, 0.9, Quality(1.0, 1.0, 0.5, Pose(0, 0, 0), 90.0)
)


@pytest.mark.parametrize("degradation", DEGRADATIONS, ids=lambda each: each.name)
def test_each_step_leads_further_away(degradation: Degradation) -> None:
    """A worse level is a photo, and less like the one that was not degraded."""
    mild, worst = degradation.levels[0], degradation.levels[-1]
    photo = portrait()
    for_sure = degradation.apply(photo, FACE, worst)
    assert for_sure.dtype == np.uint8
    assert for_sure.ndim == 3
    assert not np.array_equal(for_sure, degradation.apply(photo, FACE, mild))


def test_levels_are_of_the_face() -> None:
    """A share is one of the distance between this face's eyes."""
    assert eye_distance(FACE) == pytest.approx(np.hypot(41, 2))


def test_a_shrunken_face_has_the_size_asked_for() -> None:
    """The whole photo is scaled until the box is that small."""
    assert shrunk(portrait(), FACE, 45).shape == (256, 256, 3)


@pytest.mark.parametrize(
    ("cut", "shape"),
    [(cut_beside, (512, 287, 3)), (cut_below, (120, 512, 3)), (cut_above, (392, 512, 3))],
)
def test_half_a_face_is_cut_off(cut: type, shape: tuple[int, ...]) -> None:
    """The edge comes to lie in the middle of the box."""
    assert cut(portrait(), FACE, 0.5).shape == shape


def test_a_full_sensor_says_white() -> None:
    """Enough light leaves nothing but white where there was any."""
    assert overexposed(np.full((4, 4, 3), 90, np.uint8), FACE, 16).min() == 255


def test_haze_keeps_middle_grey() -> None:
    """Black and white move towards the middle by the share of contrast lost."""
    haze = hazy(np.array([[[0, 128, 255]]], np.uint8), FACE, 0.5)
    assert haze.ravel().tolist() == [64, 128, 192]


def test_a_tilted_photo_turns_about_the_face() -> None:
    """What was right of the middle of the face is below it after a quarter turn clockwise."""
    photo = np.zeros((512, 512, 3), np.uint8)
    photo[115:126, 255:266] = 255
    turned_photo = tilted(photo, FACE, 90)
    assert turned_photo[155, 225].tolist() == [255, 255, 255]
    assert turned_photo[120, 260].tolist() == [0, 0, 0]


def nose_column(photo: np.ndarray) -> float:
    """Return where the white spot is, across."""
    return float(np.argwhere(photo[..., 0] > 128)[:, 1].mean())


@pytest.mark.parametrize("degrees", [-20, 20])
def test_the_nose_goes_where_the_head_turns(degrees: float) -> None:
    """To the right of the image where the angle is positive; level, it stays level."""
    photo = np.zeros((512, 512, 3), np.uint8)
    photo[127:136, 224:233] = 255
    across = nose_column(turned(photo, FACE, degrees)) - 228
    assert np.sign(across) == np.sign(degrees)
    assert abs(across) == pytest.approx(41 * 1.85 * np.sin(np.radians(20)), abs=5)


@pytest.mark.parametrize("degrees", [-20, 20])
def test_the_nose_goes_up_where_the_head_does(degrees: float) -> None:
    """Up in the image where the angle is positive."""
    photo = np.zeros((512, 512, 3), np.uint8)
    photo[127:136, 224:233] = 255
    seen = nodded(photo, FACE, degrees).transpose(1, 0, 2)
    assert np.sign(131 - nose_column(seen)) == np.sign(degrees)


@pytest.mark.parametrize("turn", [turned, nodded])
def test_no_turn_changes_nothing(turn: type) -> None:
    """At zero degrees the portrait is drawn as it is."""
    assert np.array_equal(turn(portrait(), FACE, 0), portrait())
