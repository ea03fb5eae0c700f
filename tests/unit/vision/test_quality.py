"""Quality measures what a person sees, and gates refuse for reasons a person understands."""

from math import cos, radians, sin

import cv2
import numpy as np
import pytest
from insightface.utils.face_align import arcface_dst
from numpy.typing import NDArray

from deployments.messages import Box, Quality, QualityGate
from deployments.vision.detector import Detection
from deployments.vision.images import Pixels
from deployments.vision.quality import assess, estimate_pose

# A head in three dimensions, eyes one apart; the camera looks along the third axis.
HEAD = np.array(
    [[-0.5, 0, 0], [0.5, 0, 0], [0, 0.572, -0.5], [-0.4, 1.155, 0], [0.4, 1.155, 0]], np.float64
)
BOX: Box = (10.0, 10.0, 110.0, 130.0)


def face(
    score: float = 0.9,
    box: Box = BOX,
    landmarks: NDArray[np.float32] | None = None,
) -> Detection:
    """Return a detection; its landmarks are those of a face looking straight ahead."""
    points = np.asarray(arcface_dst, np.float32) if landmarks is None else landmarks
    return Detection(np.array(box, np.float32), score, points)


def crop(middle: int = 128, contrast: int = 60) -> Pixels:
    """Return a checked crop: its grey levels and its edges are what the test says."""
    checks = np.indices((112, 112)).sum(axis=0) // 4 % 2 * 2 - 1
    grey = np.clip(middle + contrast // 2 * checks, 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


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
    return assess(detection, box, pixels, gate)


def test_a_good_face_passes_the_strict_gate() -> None:
    """Sharp, evenly lit, looking at the camera: nothing to refuse."""
    quality = judged(face(), crop(), "strict")
    assert quality.reasons == ()
    assert quality.size == 100
    assert quality.brightness == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("detection", "pixels", "box", "reason"),
    [
        (face(box=(0, 0, 30, 90)), crop(), (0, 0, 30, 90), "too_small"),
        (face(), crop(contrast=2), BOX, "blurred"),
        (face(), crop(middle=15), BOX, "too_dark"),
        (face(), crop(middle=245), BOX, "too_bright"),
        (face(landmarks=turned(yaw=80)), crop(), BOX, "extreme_pose"),
        (face(landmarks=turned(pitch=-60)), crop(), BOX, "extreme_pose"),
        (face(score=0.61), crop(), BOX, "low_detection_score"),
        (face(box=(-50, 10, 110, 130)), crop(), (0.0, 10.0, 110.0, 130.0), "cut_off"),
    ],
)
def test_each_fault_has_its_reason(
    detection: Detection, pixels: Pixels, box: Box, reason: str
) -> None:
    """One thing wrong gives one reason, at both gates, and none where the gate is off."""
    assert judged(detection, pixels, "standard", box).reasons == (reason,)
    assert judged(detection, pixels, "strict", box).reasons == (reason,)
    assert judged(detection, pixels, "off", box).reasons == ()


@pytest.mark.parametrize(
    ("detection", "pixels", "box"),
    [
        (face(box=(0, 0, 60, 90)), crop(), (0.0, 0.0, 60.0, 90.0)),
        (face(landmarks=turned(yaw=40)), crop(), BOX),
        (face(score=0.7), crop(), BOX),
        (face(), crop(middle=40), BOX),
        (face(box=(0, 10, 110, 130)), crop(), BOX),
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


def test_blur_lowers_sharpness() -> None:
    """Sharpness falls as edges soften."""
    softened = cv2.GaussianBlur(crop(), (0, 0), 4).astype(np.uint8)
    assert judged(face(), softened).sharpness < judged(face(), crop()).sharpness / 20


@pytest.mark.parametrize(
    ("detection", "pixels"),
    [
        (face(score=0.6), crop()),
        (face(), crop(contrast=10)),
        (face(), crop(middle=40)),
        (face(landmarks=turned(yaw=45)), crop()),
        (face(landmarks=turned(pitch=40)), crop()),
    ],
    ids=["faint", "soft", "dark", "turned", "bent"],
)
def test_the_score_orders_faces(detection: Detection, pixels: Pixels) -> None:
    """A face worse in one measure scores lower, and all stay within 0..1."""
    assert 0 < judged(detection, pixels).score < judged(face(), crop()).score < 1
