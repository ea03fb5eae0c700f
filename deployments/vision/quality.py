"""How fit a face is to be compared: measures a person can check by eye, and two gates.

Nothing here is learnt. Sharpness and brightness are taken from the aligned crop, so that they
mean the same for every size of photo; the pose is geometry on five points, an estimate.
"""

from cmath import phase
from dataclasses import dataclass
from math import atan, cos, degrees, radians

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.messages import Box, Pose, Quality, QualityGate
from deployments.vision.detector import Detection
from deployments.vision.images import Pixels

# A face looking straight ahead, as insightface's template has it: the distance from the eyes down
# to the mouth, and where on that way the tip of the nose stands. How far the nose stands out is
# what anthropometry finds. Both lengths in distances between the eyes.
_EYES_TO_MOUTH = 1.155
_NOSE_LEVEL = 0.495
_NOSE_DEPTH = 0.5


@dataclass(frozen=True, slots=True)
class _Gate:
    """What a face must reach; units as in `assess`, `outside` is a share of the box."""

    size: float
    sharpness: float
    darkest: float
    brightest: float
    yaw: float
    pitch: float
    score: float
    outside: float


_GATES = {
    "standard": _Gate(
        size=40, sharpness=20, darkest=0.1, brightest=0.9, yaw=70, pitch=45, score=0.65, outside=0.2
    ),
    "strict": _Gate(
        size=80, sharpness=60, darkest=0.2, brightest=0.8, yaw=25, pitch=25, score=0.8, outside=0.02
    ),
}


def assess(detection: Detection, box: Box, crop: Pixels, gate: QualityGate) -> Quality:
    """Measure one face; `box` is the detection's box as far as it lies within the image.

    sharpness: variance of the Laplacian of the crop's grey levels (0..255); a blur is under 20.
    brightness: mean grey level of the crop, 0 black to 1 white.
    pose: degrees; yaw grows as the face turns to the right of the image, pitch as it looks up,
    roll as it tilts clockwise. size: the shorter side of the box in pixels.
    score: 0..1, orders faces by fitness and is no probability; see `_score`.
    """
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    sharpness = float(cv2.Laplacian(grey, cv2.CV_64F).var())
    brightness = float(grey.mean()) / 255
    pose = estimate_pose(detection.landmarks)
    size = min(box[2] - box[0], box[3] - box[1])
    score = _score(detection.score, size, sharpness, brightness, pose)
    measured = Quality(score, sharpness, brightness, pose, size)
    reasons = _reasons(measured, detection, box, gate)
    return Quality(score, sharpness, brightness, pose, size, reasons)


def estimate_pose(landmarks: NDArray[np.float32]) -> Pose:
    """Estimate the head's rotation from (5, 2) landmarks, as if the nose stood out of a plane.

    Turned by an angle, the nose moves along by its depth times the sine while the plane narrows
    with the cosine, so their quotient is a tangent. Good to some ten degrees up to about 60.
    """
    # Complex numbers turn and scale in one division: from here on the left eye is at -0.5, the
    # right one at 0.5, and down is the imaginary axis.
    points = landmarks.astype(np.float64) @ np.array([1, 1j])
    across = points[1] - points[0]
    upright = (points - points[:2].mean()) / across
    nose, mouth = upright[2], upright[3:].mean()
    level = nose.imag / mouth.imag
    yaw = atan((nose.real - level * mouth.real) / _NOSE_DEPTH)
    pitch = atan((_NOSE_LEVEL - level) * _EYES_TO_MOUTH / _NOSE_DEPTH)
    return Pose(degrees(yaw), degrees(pitch), degrees(phase(across)))


def _score(score: float, size: float, sharpness: float, brightness: float, pose: Pose) -> float:
    """Geometric mean of five values in 0..1, each 0.5 or 1 where a face is plainly usable.

    Detection score; size / (size + 40); sharpness / (sharpness + 60); one minus the distance from
    middle grey; cosines of yaw and pitch.
    """
    exposure = 1 - abs(2 * brightness - 1)
    turned = cos(radians(pose.yaw)) * cos(radians(pose.pitch))
    product = score * size / (size + 40) * sharpness / (sharpness + 60) * exposure * turned
    return float(max(product, 0.0) ** 0.2)


def _reasons(
    quality: Quality, detection: Detection, box: Box, gate: QualityGate
) -> tuple[str, ...]:
    """Name what the gate would refuse, in the order of the table; `off` refuses nothing."""
    if gate == "off":
        return ()
    limit, pose = _GATES[gate], quality.pose
    refused = {
        "too_small": quality.size < limit.size,
        "blurred": quality.sharpness < limit.sharpness,
        "too_dark": quality.brightness < limit.darkest,
        "too_bright": quality.brightness > limit.brightest,
        "extreme_pose": abs(pose.yaw) > limit.yaw or abs(pose.pitch) > limit.pitch,
        "low_detection_score": detection.score < limit.score,
        "cut_off": _outside(detection, box) > limit.outside,
    }
    return tuple(reason for reason, holds in refused.items() if holds)


def _outside(detection: Detection, box: Box) -> float:
    """Return the share of the detected box that lies beyond the image's edge."""
    width, height = detection.box[2:] - detection.box[:2]
    return 1 - (box[2] - box[0]) * (box[3] - box[1]) / float(width * height)
