"""Stock is a fair rival: it finds the same person, by code that is not ours."""

import numpy as np
import pytest

from benchmarks.measures.contest import least_cosine
from benchmarks.subjects.packs_at_hand import plain_networks
from benchmarks.subjects.stock import StockFace, largest, open_stock
from deployments.messages.embedder import Analysis, Photo
from deployments.vision.packs import Pack
from deployments.vision.pipeline import Pipeline
from tests.unit.vision.photographs import group, jpeg


@pytest.mark.filterwarnings("ignore:`estimate` is deprecated:FutureWarning")
def test_stock_finds_the_people_we_find(
    pipeline: Pipeline, pack: Pack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Six in the group photo, and each of stock's vectors matches ours of that person best."""
    data = jpeg(group())
    plain = plain_networks(pack, tmp_path_factory.mktemp("plain"))
    theirs = sorted(open_stock(pack, plain, threads=1)(data), key=lambda face: face.box[0])
    (found,) = pipeline.analyse([Photo(data, embed="all")])
    assert isinstance(found, Analysis)
    ours = sorted(found.faces, key=lambda face: face.bbox[0])
    vectors = np.stack([face.vector for face in ours if face.vector is not None])
    alike = np.stack([face.vector for face in theirs]) @ vectors.T
    assert alike.shape == (6, 6)
    assert alike.argmax(axis=1).tolist() == [0, 1, 2, 3, 4, 5]
    assert alike.diagonal().min() > pack.verify_threshold


def test_the_largest_face_has_the_largest_box() -> None:
    """By area; of no faces there is none."""
    none = np.zeros((5, 2), np.float32)
    boxes = [(0, 0, 10, 10), (5, 5, 30, 20), (0, 0, 15, 15)]
    faces = [StockFace(np.array(box, np.float32), none, none) for box in boxes]
    assert largest(faces) is faces[1]
    assert largest([]) is None


@pytest.mark.parametrize(("theirs", "expected"), [([1, 0], 1.0), ([0.8, 0.6], 0.8), (None, 0.0)])
def test_the_worst_photo_counts(theirs: list[float] | None, expected: float) -> None:
    """A face that only one side finds is as different as can be; one neither finds says nothing."""
    one = np.array([1, 0], np.float32)
    other = None if theirs is None else np.array(theirs, np.float32)
    assert least_cosine([one, one, None], [one, other, None]) == pytest.approx(expected)
