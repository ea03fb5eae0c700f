"""The gates refuse real photos that were made worse, for what was done to them."""

from itertools import pairwise

import pytest

from deployments.messages.embedder import Face
from deployments.vision.pipeline import Pipeline
from deployments.vision.quality import reasons
from evaluation.degradation import (
    Degrade,
    blurred,
    cut_below,
    cut_beside,
    darkened,
    overexposed,
    shaken,
    shrunk,
)
from evaluation.quality_trials import largest_face
from evaluation.turning import turned
from tests.unit.vision.photographs import portrait


@pytest.fixture(scope="module")
def face(pipeline: Pipeline) -> Face:
    """Return the face of the portrait as it is."""
    found = largest_face(pipeline, portrait())
    assert found is not None
    return found


def degraded(pipeline: Pipeline, face: Face, degrade: Degrade, level: float) -> Face:
    """Return the face as it is found in the portrait made worse."""
    found = largest_face(pipeline, degrade(portrait(), face, level))
    assert found is not None
    return found


def test_the_portrait_passes_the_standard_gate(face: Face) -> None:
    """What is made worse below was good."""
    assert face.quality.reasons == ()


@pytest.mark.parametrize(
    ("degrade", "level", "reason"),
    [
        (shrunk, 20, "too_small"),
        (blurred, 0.1, "blurred"),
        (shaken, 0.4, "blurred"),
        (darkened, 0.02, "too_dark"),
        (overexposed, 6, "too_bright"),
        (turned, 45, "extreme_pose"),
        (turned, -45, "extreme_pose"),
        (cut_beside, 0.4, "cut_off"),
        (cut_below, 0.4, "cut_off"),
    ],
)
def test_each_fault_is_found(
    pipeline: Pipeline, face: Face, degrade: Degrade, level: float, reason: str
) -> None:
    """The strict gate names what was done to the photo."""
    found = degraded(pipeline, face, degrade, level)
    assert reason in reasons(found.quality, found.score, "strict")


@pytest.mark.parametrize(
    ("degrade", "levels", "measure"),
    [
        (blurred, (0.03, 0.06, 0.12), "sharpness"),
        (shaken, (0.15, 0.3, 0.6), "sharpness"),
        (darkened, (0.3, 0.1, 0.03), "brightness"),
        (shrunk, (80, 40, 20), "size"),
    ],
)
def test_worse_is_never_measured_as_better(
    pipeline: Pipeline, face: Face, degrade: Degrade, levels: tuple[float, ...], measure: str
) -> None:
    """Each step of a degradation lowers what it drives."""
    steps = [face, *(degraded(pipeline, face, degrade, level) for level in levels)]
    measured = [getattr(step.quality, measure) for step in steps]
    assert all(better > worse for better, worse in pairwise(measured))


def test_more_light_is_brighter(pipeline: Pipeline, face: Face) -> None:
    """Overexposure raises the brightness."""
    assert degraded(pipeline, face, overexposed, 4).quality.brightness > face.quality.brightness
