"""How fit a face is to be compared: measures a person can check by eye, and two gates.

Nothing here is learnt. Sharpness and brightness are taken from the aligned crop, so that they
mean the same for every size of photo; the pose is geometry on five points, an estimate.
How each limit follows from what it costs to go beyond is told in docs/quality.md.
"""

from cmath import phase
from dataclasses import dataclass, replace
from math import atan, cos, degrees, radians
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.messages.embedder import Box, Pose, Quality, QualityGate
from deployments.vision.alignment import similarity_transform
from deployments.vision.detections import Detection
from deployments.vision.pictures import Pixels

# A face looking straight ahead: the distance from the eyes down to the mouth as insightface's
# template has it, and where on that way the tip of the nose stands as 102 people have it who look
# into the camera (YuNet says 0.575, SCRFD 0.53). How far the nose stands out is what anthropometry
# finds. Both lengths in distances between the eyes.
_EYES_TO_MOUTH = 1.155
_NOSE_LEVEL = 0.55
_NOSE_DEPTH = 0.5

# Eyes in one point, or a mouth level with them, are an angle near 90 degrees and no division by
# zero. In pixels, and in distances between the eyes.
_LEAST_DISTANCE = 1e-6

# Brows to chin and cheek to cheek in the aligned crop: hair and background are not the face.
_FACE = slice(24, 104), slice(20, 92)

# Looking at every fourth pixel of the crop in either direction tells what lies within the image:
# (20, 18, 3) of x, y and 1.
_ROWS, _COLUMNS = np.mgrid[_FACE][:, ::4, ::4].astype(np.float64)
_LOOKED_AT = np.stack([_COLUMNS, _ROWS, np.ones_like(_ROWS)], axis=-1)

# Blur that costs similarity is wider than this many pixels of the crop; noise and the blocks of
# JPEG are finer, and would pass for sharpness.
_FINEST = 1.5


@dataclass(frozen=True, slots=True)
class Gate:
    """What a face must reach; units as in `assess`, `score` is the detector's."""

    size: float
    sharpness: float
    darkest: float
    brightest: float
    yaw: float
    pitch: float
    score: float
    outside: float


# There is no limit on roll: alignment undoes it, and where it costs, YuNet does not see it.
GATES: Final = {
    "standard": Gate(
        size=25,
        sharpness=1.5,
        darkest=0.09,
        brightest=0.9,
        yaw=70,
        pitch=35,
        score=0.65,
        outside=0.22,
    ),
    "strict": Gate(
        size=42,
        sharpness=2.2,
        darkest=0.15,
        brightest=0.86,
        yaw=20,
        pitch=25,
        score=0.7,
        outside=0.1,
    ),
}


def assess(
    detection: Detection, box: Box, crop: Pixels, frame: tuple[int, int], gate: QualityGate
) -> Quality:
    """Measure one face; `box` is the detection's box as far as it lies within the image.

    `crop` is the face as aligned, `frame` the width and height of the image in pixels.

    sharpness: see `_sharpness`; a studio portrait has 3 to 7, a plain blur is under 1.
    brightness: mean grey level of the face without hair and background, 0 black to 1 white.
    pose: degrees; yaw grows as the face turns to the right of the image, pitch as it looks up,
    roll as it tilts clockwise. size: the shorter side of the box in pixels.
    outside: the share of the face that lies beyond the image's edge, told from its landmarks.
    score: 0..1, orders faces by fitness and is no probability; see `_score`.
    """
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY).astype(np.float64)
    sharpness = _sharpness(grey)
    brightness = float(grey[_FACE].mean()) / 255
    pose = estimate_pose(detection.landmarks)
    size = min(box[2] - box[0], box[3] - box[1])
    score = _score(detection.score, size, sharpness, brightness, pose)
    outside = _outside(detection.landmarks, frame)
    measured = Quality(score, sharpness, brightness, pose, size, outside=outside)
    return replace(measured, reasons=reasons(measured, detection.score, gate))


def _sharpness(grey: NDArray[np.float64]) -> float:
    """Return how much of the face's contrast is fine structure, in thousandths.

    The mean square second difference over the variance, along rows or along columns, whichever is
    less: a camera that moved keeps the edges along its way. Without the variance a dim or hazy
    photo would pass for a blurred one.
    """
    face = cv2.GaussianBlur(grey, (0, 0), _FINEST)[_FACE]
    finest = min(float((np.diff(face, 2, axis=axis) ** 2).mean()) for axis in (0, 1))
    # One grey level squared is what rounding alone may make of a flat crop.
    return 1000 * finest / (float(face.var()) + 1)


def estimate_pose(landmarks: NDArray[np.float32]) -> Pose:
    """Estimate the head's rotation from (5, 2) landmarks, as if the nose stood out of a plane.

    Turned by an angle, the nose moves along by its depth times the sine while the plane narrows
    with the cosine, so their quotient is a tangent. Good to some ten degrees up to about 60.
    """
    # Complex numbers turn and scale in one division: from here on the left eye is at -0.5, the
    # right one at 0.5, and down is the imaginary axis.
    points = landmarks.astype(np.float64) @ np.array([1, 1j])
    across = (points[1] - points[0]) or _LEAST_DISTANCE
    upright = (points - points[:2].mean()) / across
    nose, mouth = upright[2], upright[3:].mean()
    level = nose.imag / (mouth.imag or _LEAST_DISTANCE)
    yaw = atan((nose.real - level * mouth.real) / _NOSE_DEPTH)
    pitch = atan((_NOSE_LEVEL - level) * _EYES_TO_MOUTH / _NOSE_DEPTH)
    return Pose(degrees(yaw), degrees(pitch), degrees(phase(across)))


def _score(score: float, size: float, sharpness: float, brightness: float, pose: Pose) -> float:
    """Geometric mean of five values in 0..1, each 0.5 or more where a face is plainly usable.

    Detection score; size / (size + 20); sharpness / (sharpness + 0.5); one minus the distance from
    middle grey; cosines of yaw and pitch.
    """
    exposure = 1 - abs(2 * brightness - 1)
    turned = cos(radians(pose.yaw)) * cos(radians(pose.pitch))
    product = score * size / (size + 20) * sharpness / (sharpness + 0.5) * exposure * turned
    return float(max(product, 0.0) ** 0.2)


def reasons(quality: Quality, score: float, gate: QualityGate) -> tuple[str, ...]:
    """Name what the gate would refuse, in the order of the table; `off` refuses nothing.

    `score` is the detector's.
    """
    if gate == "off":
        return ()
    limit, pose = GATES[gate], quality.pose
    refused = {
        "too_small": quality.size < limit.size,
        "blurred": quality.sharpness < limit.sharpness,
        "too_dark": quality.brightness < limit.darkest,
        "too_bright": quality.brightness > limit.brightest,
        "extreme_pose": abs(pose.yaw) > limit.yaw or abs(pose.pitch) > limit.pitch,
        "low_detection_score": score < limit.score,
        "cut_off": quality.outside > limit.outside,
    }
    return tuple(reason for reason, holds in refused.items() if holds)


def _outside(landmarks: NDArray[np.float32], frame: tuple[int, int]) -> float:
    """Return the share of the face that the crop shows black, for it lies beyond the edge.

    A detector draws its box around the part it sees, but puts landmarks where they must be.
    """
    points = _LOOKED_AT @ cv2.invertAffineTransform(similarity_transform(landmarks)).T
    inside = (points >= 0) & (points <= np.array(frame) - 1)
    return 1 - float(inside.all(axis=-1).mean())
