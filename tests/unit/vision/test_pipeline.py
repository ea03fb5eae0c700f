"""The whole pipeline on real weights: every photo its own answer, whatever stands beside it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from benchmarks.subjects.packs_at_hand import plain_networks
from benchmarks.subjects.stock import largest, open_stock
from deployments.errors import (
    FacegraphError,
    ImageTooLarge,
    UndecodableImage,
    UnsupportedMediaType,
)
from deployments.messages.embedder import Analysis, Embed, Face, Photo
from deployments.vision.packs import Pack
from deployments.vision.pipeline import Pipeline
from deployments.vision.version import pipeline_version
from tests.unit.vision.photographs import empty, group, jpeg, photo_of, portrait

GROUP, PORTRAIT, NOBODY = photo_of(group()), photo_of(portrait()), photo_of(empty())

# Good and bad, small and large, none to six faces.
MIXED = [
    Photo(jpeg(group())[:9000], embed="all"),
    GROUP,
    NOBODY,
    Photo(b"no image"),
    PORTRAIT,
    photo_of(cv2.resize(portrait(), (1500, 1500)).astype(np.uint8)),
    Photo(jpeg(empty(2100, 2000))),
    photo_of(group()[:, 600:], embed="largest"),
    PORTRAIT,
]


def analysed(result: Analysis | FacegraphError) -> Analysis:
    """Return a result that must not be an error."""
    assert isinstance(result, Analysis)
    return result


def one(pipeline: Pipeline, photo: Photo) -> Analysis:
    """Return the analysis of a single photo."""
    return analysed(pipeline.analyse([photo])[0])


def vectors(analysis: Analysis) -> np.ndarray:
    """Return the vectors of a photo's faces, (N, dimension)."""
    return np.stack([face.vector for face in analysis.faces if face.vector is not None])


def essence(result: Analysis | FacegraphError) -> object:
    """Return all of a result that must not depend on its neighbours, but for vectors."""
    if isinstance(result, FacegraphError):
        return repr(result)
    boxes = tuple(tuple(round(edge) for edge in face.bbox) for face in result.faces)
    embedded = tuple(face.vector is not None for face in result.faces)
    return result.width, result.height, boxes, embedded


@pytest.fixture(scope="module")
def apart(pipeline: Pipeline) -> list[Analysis | FacegraphError]:
    """Return the mixed photos' results, one photo a batch."""
    return [pipeline.analyse([photo])[0] for photo in MIXED]


@pytest.fixture(scope="module")
def together(pipeline: Pipeline) -> list[Analysis | FacegraphError]:
    """Return the mixed photos' results, all in one batch."""
    return pipeline.analyse(MIXED)


@pytest.mark.parametrize("pack", ["default_pack"], indirect=True)
@pytest.mark.parametrize(
    ("side", "lots"), [(600, [2, 2, 1]), (1900, [1, 1, 1, 1, 1])], ids=["small", "large"]
)
def test_fewer_of_large_photos_are_held_at_once(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, side: int, lots: list[int]
) -> None:
    """By their whole size, of which a JPEG is decoded less at first, and all where a face asks."""
    held: list[int] = []
    search = pipeline._find

    def find(opened: Sequence[Any]) -> list[Any]:
        held.append(len(opened))
        return search(opened)

    monkeypatch.setattr(pipeline._ahead, "_room", 1900**2)
    monkeypatch.setattr(pipeline, "_find", find)
    pipeline.analyse([Photo(jpeg(empty(side, side)))] * 5)
    assert held == lots


def test_a_batch_gives_what_single_photos_give(
    apart: list[Analysis | FacegraphError], together: list[Analysis | FacegraphError]
) -> None:
    """Faces never land on another photo, and one bad photo never fails its neighbours."""
    assert [essence(result) for result in together] == [essence(result) for result in apart]


def test_neighbours_do_not_move_a_vector(
    apart: list[Analysis | FacegraphError], together: list[Analysis | FacegraphError]
) -> None:
    """Each face's vector in the batch is its vector alone, to a cosine of 0.9999."""
    batch = [result for result in together if isinstance(result, Analysis) and result.faces]
    single = [result for result in apart if isinstance(result, Analysis) and result.faces]
    pairs = zip(batch, single, strict=True)
    lowest = [np.einsum("nd,nd->n", vectors(a), vectors(b)).min() for a, b in pairs]
    assert min(lowest) >= 0.9999


def test_bad_photos_get_their_own_errors(together: list[Analysis | FacegraphError]) -> None:
    """An error stands in the place of its photo, and says what is wrong with that one."""
    errors = {
        at: type(result) for at, result in enumerate(together) if isinstance(result, FacegraphError)
    }
    assert errors == {0: UndecodableImage, 3: UnsupportedMediaType, 6: ImageTooLarge}


def test_a_batch_of_bad_photos_and_an_empty_one_are_no_trouble(pipeline: Pipeline) -> None:
    """With nothing to detect, nothing runs."""
    assert [type(result) for result in pipeline.analyse([Photo(b"")] * 2)] == [
        UnsupportedMediaType,
        UnsupportedMediaType,
    ]
    assert pipeline.analyse([]) == []


def test_a_photo_without_a_face_is_an_analysis_without_faces(pipeline: Pipeline) -> None:
    """Whether no face is an error is for the caller to say."""
    analysis = one(pipeline, NOBODY)
    assert (analysis.width, analysis.height, analysis.faces) == (64, 64, ())


def test_the_largest_face_comes_first(pipeline: Pipeline) -> None:
    """Faces are ordered by the area of their boxes, which lie within the photo."""
    faces = one(pipeline, GROUP).faces
    assert len(faces) == 6
    assert [face.area for face in faces] == sorted((face.area for face in faces), reverse=True)


@pytest.mark.parametrize("max_faces", [1, 4])
def test_at_most_so_many_faces(pipeline: Pipeline, max_faces: int) -> None:
    """The largest are kept; a quick look, for one, may place it a pixel or two aside."""
    some = one(pipeline, photo_of(group(), max_faces=max_faces)).faces
    expected = one(pipeline, GROUP).faces[:max_faces]
    assert np.allclose([face.bbox for face in some], [face.bbox for face in expected], atol=4)


@pytest.mark.parametrize(("embed", "count"), [("none", 0), ("largest", 1), ("all", 6)])
def test_only_the_vectors_asked_for_are_made(pipeline: Pipeline, embed: Embed, count: int) -> None:
    """The first faces have vectors, and without any the stage did not run."""
    analysis = one(pipeline, photo_of(group(), embed=embed))
    assert [face.vector is not None for face in analysis.faces] == [True] * count + [False] * (
        6 - count
    )
    assert ("embed" in analysis.stages) == (count > 0)


def test_one_person_is_alike_and_strangers_are_not(pipeline: Pipeline) -> None:
    """A darkened, rotated, recompressed face is nearer to itself than any two people are."""
    turn = cv2.getRotationMatrix2D((640, 443), 5, 1)
    changed = (cv2.warpAffine(group(), turn, (1280, 886)) * 0.6).astype(np.uint8)
    before = vectors(one(pipeline, GROUP))
    after = vectors(one(pipeline, Photo(jpeg(changed, 60), embed="all")))
    similarities = before @ after.T
    again = similarities.max(axis=1)
    others = np.sort(similarities, axis=1)[:, :-1]
    assert again.min() > others.max()
    assert sorted(similarities.argmax(axis=1)) == list(range(6))


@pytest.mark.parametrize("margin", [0.2, 0.6])
def test_the_faces_of_the_group_pass_the_standard_gate_when_cropped(
    pipeline: Pipeline, margin: float
) -> None:
    """Cropped with a margin around the detector's own boxes, each is one usable face."""
    crops = [cropped(face, margin) for face in one(pipeline, GROUP).faces]
    results = [analysed(result) for result in pipeline.analyse(crops)]
    assert [[face.quality.reasons for face in result.faces] for result in results] == [[()]] * 6


def cropped(face: Face, margin: float) -> Photo:
    """Cut a face out of the group with a margin in heights of its box."""
    left, top, right, bottom = face.bbox
    around = margin * (bottom - top)
    rows = slice(max(0, int(top - around)), int(bottom + around))
    columns = slice(max(0, int(left - around)), int(right + around))
    return photo_of(np.ascontiguousarray(group()[rows, columns]))


@pytest.mark.filterwarnings("ignore:`estimate` is deprecated:FutureWarning")
def test_without_a_second_look_vectors_are_stocks(pack: Pack, tmp_path: Path) -> None:
    """A gallery that others made is searched with what they would have made of a large photo."""
    data = jpeg(np.asarray(cv2.resize(portrait(), (1950, 1950)), np.uint8))
    theirs = largest(open_stock(pack, plain_networks(pack, tmp_path), threads=1)(data))
    alike = Pipeline(pack, device="cpu", engine="onnxruntime", second_look=False)
    (vector,) = vectors(one(alike, Photo(data, embed="largest")))
    assert theirs is not None
    assert float(vector @ theirs.vector) > 0.9999


def test_stages_are_each_photos_share(pipeline: Pipeline) -> None:
    """Six faces cost six times one face's share of the run they were embedded in."""
    crowd, single = (analysed(result) for result in pipeline.analyse([GROUP, PORTRAIT]))
    assert crowd.stages.keys() == {"decode", "detect", "align", "embed"}
    assert crowd.stages["embed"] == pytest.approx(6 * single.stages["embed"])
    assert min(crowd.stages.values()) > 0


def test_the_card_tells_what_is_loaded(pipeline: Pipeline, pack: Pack) -> None:
    """Answers and the card name pack, digest, licence, files, device and engine."""
    pipeline.warm_up()
    card = pipeline.card
    model = replace(pack.model, pipeline=pipeline_version(640, second_look=True))
    assert (card.model, card.licence, card.commercial_use) == (
        model,
        pack.licence,
        pack.commercial_use,
    )
    assert [file.sha256 for file in card.files] == [file.sha256 for file in pack.files]
    assert card.device == "cpu"
    assert "onnxruntime" in card.engine or "openvino" in card.engine
    assert one(pipeline, PORTRAIT).model == pipeline.model == model
