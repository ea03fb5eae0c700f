"""Quality measures what a person sees, and gates refuse for reasons a person understands."""

from math import cos, isfinite, radians, sin

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from deployments.hints import HINTS
from deployments.messages.embedder import Box, Quality, QualityGate
from deployments.vision.detections import Detection
from deployments.vision.pictures import Pixels
from deployments.vision.quality import assess, estimate_pose

# A head in three dimensions, eyes one apart; the camera looks along the third axis.
HEAD = np.array(
    [[-0.5, 0, 0], [0.5, 0, 0], [0, 0.635, -0.5], [-0.4, 1.155, 0], [0.4, 1.155, 0]], np.float64
)
FRAME = 200, 200
BOX: Box = (10.0, 10.0, 110.0, 130.0)


def face(
    score: float = 0.9,
    box: Box = BOX,
    landmarks: NDArray[np.float32] | None = None,
) -> Detection:
    """Return a detection; its landmarks are those of a face looking straight ahead."""
    points = turned() if landmarks is None else landmarks
    return Detection(np.array(box, np.float32), score, points)


def crop(middle: int = 128, contrast: int = 60) -> Pixels:
    """Return a checked crop: its grey levels and its edges are what the test says."""
    checks = np.indices((112, 112)).sum(axis=0) // 4 % 2 * 2 - 1
    grey = np.clip(middle + contrast // 2 * checks, 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def soft() -> Pixels:
    """Return a crop with much contrast, all of it coarse."""
    coarse = np.indices((112, 112)).sum(axis=0) // 56 % 2 * 200
    blurred = cv2.GaussianBlur(coarse.astype(np.float64), (0, 0), 9)
    return np.repeat(np.rint(blurred + 28).astype(np.uint8)[..., None], 3, axis=2)


def turned(yaw: float = 0, pitch: float = 0, roll: float = 0) -> NDArray[np.float32]:
    """Return the landmarks of the head turned by degrees, seen from afar."""
    y, p, r = radians(yaw), radians(-pitch), radians(roll)
    about_y = np.array([[cos(y), 0, -sin(y)], [0, 1, 0], [sin(y), 0, cos(y)]])
    about_x = np.array([[1, 0, 0], [0, cos(p), -sin(p)], [0, sin(p), cos(p)]])
    about_z = np.array([[cos(r), -sin(r), 0], [sin(r), cos(r), 0], [0, 0, 1]])
    seen: NDArray[np.float64] = HEAD @ (about_z @ about_y @ about_x).T
    return (seen[:, :2] * 40 + 100).astype(np.float32)


def judged(
    detection: Detection, pixels: Pixels, gate: QualityGate = "standard", box: Box = BOX
) -> Quality:
    """Return the quality of a face wholly inside its photo, unless `box` says otherwise."""
    return assess(detection, box, pixels, FRAME, gate)


def test_a_good_face_passes_the_strict_gate() -> None:
    """Sharp, evenly lit, looking at the camera: nothing to refuse."""
    quality = judged(face(), crop(), "strict")
    assert quality.reasons == ()
    assert quality.size == 100
    assert quality.brightness == pytest.approx(0.5, abs=0.01)
    assert (quality.outside, quality.hint) == (0, None)


@pytest.mark.parametrize(
    ("detection", "pixels", "box", "reason"),
    [
        (face(box=(0, 0, 15, 90)), crop(), (0, 0, 15, 90), "too_small"),
        (face(), soft(), BOX, "blurred"),
        (face(), crop(middle=15, contrast=20), BOX, "too_dark"),
        (face(), crop(middle=245, contrast=20), BOX, "too_bright"),
        (face(landmarks=turned(yaw=80)), crop(), BOX, "extreme_pose"),
        (face(landmarks=turned(pitch=-60)), crop(), BOX, "extreme_pose"),
        (face(score=0.61), crop(), BOX, "low_detection_score"),
        (face(landmarks=turned() - np.array([75, 0], np.float32)), crop(), BOX, "cut_off"),
    ],
)
def test_each_fault_has_its_reason(
    detection: Detection, pixels: Pixels, box: Box, reason: str
) -> None:
    """One thing wrong gives one reason and its hint, and nothing where the gate is off."""
    assert judged(detection, pixels, "standard", box).reasons == (reason,)
    assert judged(detection, pixels, "standard", box).hint == HINTS[reason]
    assert judged(detection, pixels, "strict", box).reasons == (reason,)
    assert judged(detection, pixels, "off", box).reasons == ()


@pytest.mark.parametrize(
    ("detection", "pixels", "box"),
    [
        (face(box=(0, 0, 30, 90)), crop(), (0.0, 0.0, 30.0, 90.0)),
        (face(landmarks=turned(yaw=25)), crop(), BOX),
        (face(score=0.67), crop(), BOX),
        (face(), crop(middle=27, contrast=40), BOX),
        (face(landmarks=turned() - np.array([70, 0], np.float32)), crop(), BOX),
    ],
    ids=["small", "turned", "faint", "dim", "edge"],
)
def test_what_the_standard_gate_forgives_the_strict_one_refuses(
    detection: Detection, pixels: Pixels, box: Box
) -> None:
    """Strict asks for more of the same measures."""
    assert judged(detection, pixels, "standard", box).reasons == ()
    assert len(judged(detection, pixels, "strict", box).reasons) == 1


@pytest.mark.parametrize(
    ("yaw", "pitch", "roll"),
    [(0, 0, 0), (30, 0, 0), (-45, 0, 0), (0, 25, 0), (0, -20, 0), (0, 0, 30), (0, 0, -90)],
)
def test_the_pose_of_a_turned_head_is_told(yaw: float, pitch: float, roll: float) -> None:
    """A head turned about one axis is estimated to within two degrees."""
    pose = estimate_pose(turned(yaw, pitch, roll))
    assert (pose.yaw, pose.pitch, pose.roll) == pytest.approx((yaw, pitch, roll), abs=2)


def test_a_head_turned_and_tilted_is_told_roughly() -> None:
    """Angles mix; each stays within some ten degrees."""
    pose = estimate_pose(turned(yaw=30, pitch=15, roll=20))
    assert (pose.yaw, pose.pitch, pose.roll) == pytest.approx((30, 15, 20), abs=12)


@pytest.mark.parametrize(
    "heights",
    [(0, 0, 20, 0, 0), (0, 0, 0, 0, 0), (0, 0, -20, 0, 0)],
    ids=["nose below", "a line", "nose above"],
)
@pytest.mark.parametrize("eyes", [(-20, 20), (0, 0)], ids=["eyes apart", "eyes in one point"])
def test_the_pose_of_an_impossible_face_is_a_pose(
    eyes: tuple[int, int], heights: tuple[int, ...]
) -> None:
    """A mouth level with the eyes, or eyes in one point, give angles and no error."""
    points = np.stack([(*eyes, 3, -15, 15), heights], axis=1).astype(np.float32)
    pose = estimate_pose(points)
    assert max(abs(pose.yaw), abs(pose.pitch)) <= 90
    assert isfinite(pose.roll)


@pytest.mark.parametrize("kernel", [(9, 9), (9, 1), (1, 9)], ids=["focus", "sideways", "upwards"])
def test_blur_lowers_sharpness(kernel: tuple[int, int]) -> None:
    """Sharpness falls as edges soften, be it in one direction only."""
    softened = np.asarray(cv2.blur(crop(), kernel), np.uint8)
    assert judged(face(), softened).sharpness < judged(face(), crop()).sharpness / 3


@pytest.mark.parametrize("share", [0.5, 0.2])
def test_dim_light_and_haze_are_no_blur(share: float) -> None:
    """Sharpness stays where light or contrast is a fraction of what it was."""
    bright = crop(contrast=200)
    dimmed = np.rint(bright * share).astype(np.uint8)
    assert judged(face(), dimmed).sharpness == pytest.approx(
        judged(face(), bright).sharpness, rel=0.05
    )


def test_noise_is_no_sharpness() -> None:
    """The grain of a dark photo does not make up for blur."""
    grain = np.random.default_rng(0).normal(0, 4, (112, 112, 1))
    noisy = np.clip(soft() + grain, 0, 255).astype(np.uint8)
    assert "blurred" in judged(face(), noisy).reasons


def test_a_flat_crop_is_blurred() -> None:
    """A crop of one colour has no structure at all, and that is no division by zero."""
    assert judged(face(), crop(contrast=0)).sharpness == 0


def test_hair_and_background_do_not_count() -> None:
    """Brightness and sharpness are the face's: a black frame changes neither."""
    framed = crop()
    framed[:16], framed[:, :12], framed[:, -12:] = 0, 0, 0
    assert judged(face(), framed).brightness == judged(face(), crop()).brightness
    assert judged(face(), framed).sharpness == judged(face(), crop()).sharpness


@pytest.mark.parametrize(
    ("detection", "pixels"),
    [
        (face(score=0.6), crop()),
        (face(), soft()),
        (face(), crop(middle=40)),
        (face(landmarks=turned(yaw=45)), crop()),
        (face(landmarks=turned(pitch=40)), crop()),
    ],
    ids=["faint", "soft", "dark", "turned", "bent"],
)
def test_the_score_orders_faces(detection: Detection, pixels: Pixels) -> None:
    """A face worse in one measure scores lower, and all stay within 0..1."""
    assert 0 < judged(detection, pixels).score < judged(face(), crop()).score < 1
