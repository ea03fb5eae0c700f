"""A replica whose model gives wrong vectors never becomes ready."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from deployments.errors import FacegraphError, UndecodableImage
from deployments.messages.embedder import Analysis, Face, Photo, Vector
from deployments.vision.canary import CanaryFailed, prove, prove_recogniser
from deployments.vision.packs import Pack
from deployments.vision.pictures import Pixels
from deployments.vision.pipeline import Pipeline
from deployments.vision.recogniser import Recogniser
from tests.unit.vision.photographs import opened

Results = list[Analysis | FacegraphError]


def test_each_pack_passes(pipeline: Pipeline) -> None:
    """The six of the group photo are found again in a smaller, darker copy."""
    prove(pipeline.analyse, pipeline.model)


def vectors_changed(result: Results, change: Callable[[Face], Vector | None]) -> Results:
    """Return the results with other vectors in the second photo."""
    first, second = result
    assert isinstance(second, Analysis)
    faces = tuple(replace(face, vector=change(face)) for face in second.faces)
    return [first, replace(second, faces=faces)]


def one_for_all(results: Results) -> Results:
    """Give everybody the same vector, as a network of zeros would."""
    dimension = 128
    return [
        replace(
            result,
            faces=tuple(
                replace(face, vector=np.eye(1, dimension, dtype=np.float32)[0])
                for face in result.faces
            ),
        )
        for result in results
        if isinstance(result, Analysis)
    ]


def opposite(face: Face) -> Vector | None:
    """Return a vector that is like itself in the other direction."""
    return None if face.vector is None else -face.vector


def too_long(face: Face) -> Vector | None:
    """Return a vector nobody brought to unit length."""
    return None if face.vector is None else face.vector * np.float32(3)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (one_for_all, "takes people of the canary photo for one another"),
        (lambda results: vectors_changed(results, opposite), "takes people|does not find"),
        (lambda results: vectors_changed(results, too_long), "unit length"),
        (lambda results: [results[0], UndecodableImage("damaged")], "refused: damaged"),
        (
            lambda results: [results[0], replace(results[1], faces=results[1].faces[:5])],
            "5 faces",
        ),
    ],
)
def test_a_model_that_errs_is_told(
    pipeline: Pipeline, wrong: Callable[[Results], Results], said: str
) -> None:
    """One line says what was seen instead of six people found again."""

    def analyse(photos: Sequence[Photo]) -> Results:
        return wrong(pipeline.analyse(photos))

    with pytest.raises(CanaryFailed, match=said):
        prove(analyse, pipeline.model)


def test_a_model_that_hardly_knows_them_again_is_told(pipeline: Pipeline) -> None:
    """The right person, and too little alike: the pack's own threshold decides."""
    with pytest.raises(CanaryFailed, match=r"must reach 1\.00"):
        prove(pipeline.analyse, replace(pipeline.model, verify_threshold=1.0))


def test_a_gpu_must_embed_as_the_cpu_does(pipeline: Pipeline) -> None:
    """Vectors that are turned a little, all alike, are told by the reference alone."""

    def turned(photos: Sequence[Photo]) -> Results:
        return [
            replace(
                result,
                faces=tuple(
                    replace(face, vector=np.roll(face.vector, 1))
                    for face in result.faces
                    if face.vector is not None
                ),
            )
            for result in pipeline.analyse(photos)
            if isinstance(result, Analysis)
        ]

    prove(pipeline.analyse, pipeline.model, pipeline.analyse)
    prove(turned, pipeline.model)
    with pytest.raises(CanaryFailed, match="otherwise than on a CPU"):
        prove(turned, pipeline.model, pipeline.analyse)


def test_a_known_recogniser_must_give_what_it_gave(default_pack: Pack) -> None:
    """Colours taken in the wrong order, say, are wrong alike in every photo."""
    recogniser = Recogniser(opened(default_pack, "recogniser"), "sface", batch=1)
    prove_recogniser(recogniser.embed, default_pack.model)

    def swapped(crops: Sequence[Pixels]) -> Vector:
        return recogniser.embed([np.ascontiguousarray(crop[..., ::-1]) for crop in crops])

    with pytest.raises(CanaryFailed, match="does not compute what it should"):
        prove_recogniser(swapped, default_pack.model)


def test_the_canary_is_read_whatever_callers_may_send(default_pack: Pack) -> None:
    """An operator who admits small photos only has a service that starts."""
    Pipeline(default_pack, device="cpu", engine="onnxruntime", max_pixels=10_000).warm_up()
