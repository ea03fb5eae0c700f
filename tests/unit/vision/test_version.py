"""A policy is bound to the pipeline it was measured on, so that has to be told truly."""

import numpy as np
import pytest

from deployments.messages.embedder import Analysis, Photo
from deployments.vision.packs import Pack
from deployments.vision.pipeline import Pipeline
from deployments.vision.version import PIPELINE, pipeline_version
from tests.unit.vision.photographs import jpeg, photo_of, portrait

# What each version made of the portrait with the default pack. Whoever moves one of these has moved
# similarities: raise PIPELINE and write the new figures beside its number, for the thresholds that
# were measured on the old ones are no longer true.
LANDMARKS = {
    1: ((201.83, 103.48), (243.65, 105.18), (221.54, 125.7), (201.31, 142.44), (238.6, 144.57)),
}
VECTOR = {
    1: (0.0159, -0.1239, 0.0751, 0.1591, 0.0208, 0.0416, 0.0851, 0.0222),
}
PIXELS = 0.05
VALUES = 2e-3


@pytest.fixture(scope="module")
def analysis(default_pack: Pack) -> Analysis:
    """Return what the default settings find in the portrait, as an ordinary JPEG."""
    pipeline = Pipeline(default_pack, device="cpu", engine="onnxruntime")
    (found,) = pipeline.analyse([Photo(jpeg(portrait()), embed="all")])
    assert isinstance(found, Analysis)
    return found


def test_landmarks_are_those_of_the_version(analysis: Analysis) -> None:
    """Decoding and detection find the face where this version found it."""
    assert np.allclose(analysis.faces[0].landmarks, LANDMARKS[PIPELINE], atol=PIXELS)


def test_the_vector_is_that_of_the_version(analysis: Analysis) -> None:
    """Alignment and normalisation give the vector that this version gave."""
    vector = analysis.faces[0].vector
    assert vector is not None
    assert np.allclose(vector[:8], VECTOR[PIPELINE], atol=VALUES)


@pytest.mark.parametrize(
    ("size", "second_look", "told"),
    [(640, True, f"{PIPELINE}-640-twice"), (320, False, f"{PIPELINE}-320-once")],
)
def test_the_version_is_what_serves(
    default_pack: Pack, size: int, second_look: bool, told: str
) -> None:
    """Answers and the card tell the settings of the detector that is open, not of any other."""
    pipeline = Pipeline(
        default_pack,
        device="cpu",
        engine="onnxruntime",
        detector_size=size,
        second_look=second_look,
    )
    (found,) = pipeline.analyse([photo_of(portrait())])
    assert isinstance(found, Analysis)
    assert pipeline_version(size, second_look=second_look) == told
    assert found.model.pipeline == pipeline.card.model.pipeline == told
