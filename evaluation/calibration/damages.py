"""The kinds of damage that a calibration tries, each from its mildest level to its worst."""

from typing import Final

from deployments.messages.embedder import Face
from deployments.vision.pictures import Pixels
from evaluation.degradation import DEGRADATIONS, Degradation
from evaluation.occlusion import glasses, mask

# What is cut off, and haze, tell little that the others do not, and each level costs as much.
_LEFT_OUT: Final = {"cut_beside", "cut_below", "cut_above", "hazy"}


def _with_glasses(photo: Pixels, face: Face, tone: float) -> Pixels:
    return glasses(int(tone))(photo, face)


def _with_mask(photo: Pixels, face: Face, pleat: float) -> Pixels:
    return mask(150, int(pleat))(photo, face)


def _unchanged(photo: Pixels, face: Face, level: float) -> Pixels:
    del face, level
    return photo


NOTHING: Final = Degradation("nothing", "", (0,), _unchanged)
"""No damage: what the others are to be read against."""

DAMAGES: Final = (
    NOTHING,
    *(each for each in DEGRADATIONS if each.name not in _LEFT_OUT),
    Degradation("glasses", "grey level of the lenses", (90, 20), _with_glasses),
    Degradation("mask", "grey level of the pleats", (150, 90), _with_mask),
)
