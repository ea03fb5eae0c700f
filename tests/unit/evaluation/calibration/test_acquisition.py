"""Photos become templates or failures, each once, and none is lost by a run that ends early."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from deployments.errors import Unavailable
from deployments.messages.embedder import Photo, QualityGate
from evaluation.calibration.acquisition import CHUNK, NOT_KEPT, Acquirer, Progress, acquire
from evaluation.calibration.cache import Cache
from evaluation.calibration.samples import Sample
from evaluation.calibration.templates import Failure
from evaluation.calibration.workers import Workers
from tests.unit.evaluation.calibration.words import MODEL, Pipelines, photo, vector_of

KEY = "0" * 64


def acquirer(
    pipelines: Pipelines, cache: Cache | None = None, gate: QualityGate = "standard"
) -> Acquirer:
    """Return what acquires photos of at most 20 bytes."""
    return Acquirer(pipelines.analyse, gate, cache or Cache(None, KEY), 20)


def samples_of(photos: Sequence[Path]) -> list[Sample]:
    """Return photos with the names of their folders."""
    return [Sample(path.parent.name, path) for path in photos]


def test_photos_become_templates_or_failures(pipelines: Pipelines, tmp_path: Path) -> None:
    """Each is told with whom it should show; a failure has the service's code as its reason.

    Of a photo that is too large one byte too many is read.
    """
    words = ["face 1", "nobody", "damaged", "small face", "a face of so many bytes", "face 2"]
    photos = [photo(tmp_path / f"ada/{at}.jpg", each) for at, each in enumerate(words)]
    acquired = acquire(samples_of(photos), acquirer(pipelines), MODEL.dimension)
    digests = [hashlib.sha256(each.encode()[:21]).hexdigest() for each in words]
    reasons = ["no_face", "undecodable_image", "low_quality: too_small", "body_too_large"]
    assert acquired.templates.failures == tuple(
        Failure("ada", digest, reason) for digest, reason in zip(digests[1:5], reasons, strict=True)
    )
    assert acquired.templates.people == ("ada", "ada")
    assert acquired.templates.photos == (digests[0], digests[5])
    expected = np.stack([vector_of("face 1"), vector_of("face 2")])
    np.testing.assert_array_equal(acquired.templates.vectors, expected)
    assert acquired.positions.tolist() == [0, -1, -1, -1, -1, 1]


def test_a_photo_is_asked_about_as_identify_does(pipelines: Pipelines, tmp_path: Path) -> None:
    """The largest face alone, its vector, and the gate that was named."""
    path = photo(tmp_path / "ada/1.jpg", "small face")
    acquired = acquire(samples_of([path]), acquirer(pipelines, gate="off"), MODEL.dimension)
    assert pipelines.asked == [Photo(b"small face", max_faces=1, embed="largest", gate="off")]
    assert acquired.templates.failures == ()


def test_without_a_template_there_is_an_empty_matrix(pipelines: Pipelines, tmp_path: Path) -> None:
    """Its width is still the pack's."""
    path = photo(tmp_path / "ada/1.jpg", "nobody")
    acquired = acquire(samples_of([path]), acquirer(pipelines), MODEL.dimension)
    assert acquired.templates.vectors.shape == (0, MODEL.dimension)


def test_a_photo_that_comes_twice_is_looked_at_once(pipelines: Pipelines, tmp_path: Path) -> None:
    """Both samples are there: that they are one photo is for the statistics to find."""
    photos = [photo(tmp_path / f"{name}/1.jpg", "face") for name in ("ada", "bob")]
    acquired = acquire(samples_of(photos), acquirer(pipelines), MODEL.dimension)
    assert len(pipelines.asked) == 1
    assert acquired.templates.people == ("ada", "bob")
    assert len(set(acquired.templates.photos)) == 1


def test_a_run_that_ended_loses_the_chunk_in_hand_at_most(
    pipelines: Pipelines, photos: Sequence[Path], tmp_path: Path
) -> None:
    """The next goes on behind what was kept, and says how much of it that was."""
    pipelines.dies_after = CHUNK
    with pytest.raises(Unavailable):
        acquire(samples_of(photos), acquirer(pipelines, Cache(tmp_path / "kept", KEY)), 4)
    pipelines.dies_after = None
    told: list[Progress] = []
    again = acquirer(pipelines, Cache(tmp_path / "kept", KEY))
    acquired = acquire(samples_of(photos), again, MODEL.dimension, told.append)
    assert len(pipelines.asked) == len(photos)
    assert told[0] == Progress(0, 70, 0, 0)
    assert told[-1] == Progress(70, 70, CHUNK, 0)
    expected = np.stack([vector_of(path.read_text()) for path in photos])
    np.testing.assert_array_equal(acquired.templates.vectors, expected)


def test_failures_are_kept_as_well(pipelines: Pipelines, tmp_path: Path) -> None:
    """What the photo is to blame for is so the next time."""
    samples = samples_of([photo(tmp_path / "ada/1.jpg", "nobody")])
    first = acquire(samples, acquirer(pipelines, Cache(tmp_path / "kept", KEY)), 4)
    second = acquire(samples, acquirer(pipelines, Cache(tmp_path / "kept", KEY)), 4)
    assert len(pipelines.asked) == 1
    assert first.templates.failures == second.templates.failures


def test_what_did_not_decode_is_tried_again(pipelines: Pipelines, tmp_path: Path) -> None:
    """A machine that was busy for five seconds gives the same error as a damaged photo."""
    samples = samples_of([photo(tmp_path / "ada/1.jpg", "damaged")])
    for _ in range(2):
        acquired = acquire(samples, acquirer(pipelines, Cache(tmp_path / "kept", KEY)), 4)
        assert acquired.templates.failures[0].reason == NOT_KEPT
    assert len(pipelines.asked) == 2


def test_a_file_that_cannot_be_read_ends_the_run(pipelines: Pipelines, tmp_path: Path) -> None:
    """It says nothing of the photo, and to count it would say something."""
    with pytest.raises(FileNotFoundError):
        acquire(samples_of([tmp_path / "ada/1.jpg"]), acquirer(pipelines), MODEL.dimension)


def test_several_pipelines_answer_as_one(pipelines: Pipelines, photos: Sequence[Path]) -> None:
    """Shares are put together in the order of the photos, whoever is done first."""
    other, idle = Pipelines(), Pipelines()
    workers = Workers([pipelines.analyse, other.analyse, idle.analyse])
    found = workers.analyse([Photo(path.read_bytes()) for path in photos[:4]])
    workers.close()
    assert [len(each.asked) for each in (pipelines, other, idle)] == [2, 2, 0]
    vectors = [each.faces[0].vector for each in found if not isinstance(each, Exception)]
    expected = [vector_of(path.read_text()) for path in photos[:4]]
    np.testing.assert_array_equal(np.array(vectors), np.stack(expected))


def test_no_photos_are_no_mistake(pipelines: Pipelines) -> None:
    """A chunk may be known from the cache to the last photo."""
    workers = Workers([pipelines.analyse])
    assert workers.analyse([]) == []
    workers.close()
