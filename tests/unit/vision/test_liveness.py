"""The liveness stage on a real network: each face its own score, from its own square."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from deployments.messages.embedder import Analysis, Embed, Photo
from deployments.vision.canary import CanaryFailed
from deployments.vision.engines import Place
from deployments.vision.liveness import LivenessCheck
from deployments.vision.liveness_models import load
from deployments.vision.networks import open_liveness
from deployments.vision.packs import Pack
from deployments.vision.pictures import Picture, Pixels
from deployments.vision.pipeline import Pipeline
from tests.networks import brightness, write_liveness_model
from tests.unit.vision.photographs import empty, group, photo_of, portrait

SIDE = 32


def opened(folder: Path, network: bytes, **manifest: Any) -> LivenessCheck:
    """Return the check of a model, written into a folder first."""
    model = load(str(write_liveness_model(folder, network, **manifest)), folder)
    assert model is not None
    return open_liveness(model, Place("cpu", "onnxruntime", 1))


@pytest.fixture(scope="module")
def checking(default_pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Return a pipeline with a model that takes bright faces for live."""
    folder = write_liveness_model(tmp_path_factory.mktemp("liveness"), brightness(SIDE))
    return Pipeline(
        default_pack, device="cpu", engine="onnxruntime", liveness=load(str(folder), folder)
    )


def analysed(pipeline: Pipeline, *photos: Photo) -> list[Analysis]:
    """Return analyses of photos that are all good."""
    results = pipeline.analyse(photos)
    assert all(isinstance(result, Analysis) for result in results)
    return [result for result in results if isinstance(result, Analysis)]


def darker(image: Pixels) -> Pixels:
    """Return a photo with a fifth of its light."""
    return (image * 0.2).astype(np.uint8)


def lives(analysis: Analysis) -> list[bool | None]:
    """Return what was decided of each face."""
    return [face.live for face in analysis.faces]


def test_each_face_is_judged_by_its_own_photo(checking: Pipeline) -> None:
    """A dark face beside a bright one is an attack, in one batch, and neither moves the other."""
    photos = [photo_of(image, liveness=True) for image in (portrait(), darker(portrait()), empty())]
    together = analysed(checking, *photos)
    apart = [analysed(checking, photo)[0] for photo in photos]

    assert [lives(each) for each in together] == [[True], [False], []]
    for batch, single in zip(together, apart, strict=True):
        assert [face.liveness for face in batch.faces] == [face.liveness for face in single.faces]


def test_each_face_of_a_photo_is_judged_by_its_own_square(checking: Pipeline) -> None:
    """Of six people those in the dark half are attacks, and those in the light are not."""
    picture = group().copy()
    picture[:, :640] = darker(picture[:, :640])
    (analysis,) = analysed(checking, photo_of(picture, liveness=True))
    middles = [(face.bbox[0] + face.bbox[2]) / 2 for face in analysis.faces]

    assert len(middles) == 6
    assert lives(analysis) == [middle > 640 for middle in middles]


@pytest.mark.parametrize(("embed", "checked"), [("none", 0), ("largest", 1), ("all", 6)])
def test_the_faces_that_are_embedded_are_checked(
    checking: Pipeline, embed: Embed, checked: int
) -> None:
    """A face that nobody compares costs no run."""
    (analysis,) = analysed(checking, photo_of(group(), embed=embed, liveness=True))

    assert [live is not None for live in lives(analysis)] == [True] * checked + [False] * (
        6 - checked
    )


def test_only_photos_that_ask_for_it_are_checked(checking: Pipeline) -> None:
    """In one batch one photo is checked and the other is not; its vector is the same."""
    plain, checked = analysed(checking, photo_of(portrait()), photo_of(portrait(), liveness=True))
    vectors = [analysis.faces[0].vector for analysis in (plain, checked)]

    assert (lives(plain), lives(checked)) == ([None], [True])
    assert vectors[0] is not None
    assert vectors[1] is not None
    assert float(vectors[0] @ vectors[1]) > 0.9999
    assert plain.stages.keys() == checked.stages.keys() == {"decode", "detect", "align", "embed"}


def test_without_a_model_nothing_is_checked(default_pack: Pack) -> None:
    """A photo that asks for it is analysed all the same, and the card says there is none."""
    pipeline = Pipeline(default_pack, device="cpu", engine="onnxruntime")
    (analysis,) = analysed(pipeline, photo_of(portrait(), liveness=True))

    assert lives(analysis) == [None]
    assert pipeline.card.liveness is None


def test_the_card_tells_of_the_model(checking: Pipeline) -> None:
    """Name, digest, licence and threshold are told; a replica is ready only once it is proved."""
    checking.warm_up()
    card = checking.card.liveness

    assert card is not None
    assert (card.name, card.licence, card.commercial_use) == ("brightness", "ours", True)
    assert (card.digest[:7], len(card.digest), card.threshold) == ("sha256:", 71, 0.25)


def flat(*colour: int) -> Pixels:
    """Return a square of one BGR colour."""
    return np.full((SIDE, SIDE, 3), colour, np.uint8)


@pytest.mark.parametrize(
    ("manifest", "score"),
    [
        ({}, 0.6),
        ({"live_output": 0}, 0.4),
        ({"outputs": "logits"}, 1 / (1 + np.exp(0.4 - 0.6))),
        ({"mean": [51, 51, 51], "std": [102, 102, 102]}, 1.0),
        ({"std": [25.5, 25.5, 25.5]}, 1.0),
        ({"live_output": 0, "std": [25.5, 25.5, 25.5]}, 0.0),
        ({"std": [255, 510, 1020]}, (0.2 + 0.3 + 0.25) / 3),
        ({"std": [255, 510, 1020], "channels": "RGB"}, (1.0 + 0.3 + 0.05) / 3),
        ({"mean": [0, 153, 0]}, (0.2 + 0 + 1.0) / 3),
    ],
)
def test_the_manifest_says_how_the_network_is_fed_and_read(
    tmp_path: Path, manifest: dict[str, Any], score: float
) -> None:
    """Scores follow channel order, mean, deviation and the meaning of outputs, within 0..1."""
    (checked,) = opened(tmp_path, brightness(SIDE), **manifest).check([flat(51, 153, 255)])

    assert checked.score == pytest.approx(score, abs=1e-5)


@pytest.mark.parametrize(("threshold", "live"), [(0.59, True), (0.61, False)])
def test_the_threshold_decides(tmp_path: Path, threshold: float, live: bool) -> None:
    """A score at or over the manifest's threshold is live."""
    check = opened(tmp_path, brightness(SIDE), threshold=threshold)

    assert [each.live for each in check.check([flat(51, 153, 255)] * 3)] == [live] * 3


class Numberless:
    """A session that computes nothing that is a number."""

    def run(self, _: None, feed: dict[str, NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        """Return two outputs a face."""
        return [np.full((len(each), 2), np.nan, np.float32) for each in feed.values()]


@pytest.mark.parametrize("outputs", ["probabilities", "logits"])
def test_what_is_no_number_is_an_attack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outputs: str
) -> None:
    """A network that breaks down lets nobody in."""
    check = opened(tmp_path, brightness(SIDE), outputs=outputs, threshold=0.1)
    monkeypatch.setattr(check, "_session", Numberless())

    assert [(each.score, each.live) for each in check.check([flat(0, 0, 0)])] == [(0.0, False)]


@pytest.mark.parametrize(
    ("network", "manifest", "told"),
    [
        (brightness(SIDE, fixed_batch=True), {}, "by the faces beside it"),
        (brightness(SIDE), {"live_output": 2}, "no output 2 for each"),
    ],
)
def test_a_network_that_cannot_be_trusted_is_refused_at_the_start(
    tmp_path: Path, network: bytes, manifest: dict[str, Any], told: str
) -> None:
    """One that mixes the faces of a batch, or lacks the output it is read by, is never ready."""
    with pytest.raises(CanaryFailed, match=told):
        opened(tmp_path, network, **manifest).warm_up()


@pytest.mark.parametrize(
    ("box", "scale", "seen"),
    [
        ((40, 40, 60, 80), 1.5, (20, 30, 80, 90)),
        ((0, 0, 20, 20), 2.0, (0, 0, 40, 40)),
        ((180, 90, 200, 110), 2.0, (160, 80, 200, 120)),
        ((50, 20, 110, 100), 3.0, (20, 0, 140, 120)),
    ],
)
def test_the_square_lies_within_the_photo(
    tmp_path: Path,
    box: tuple[float, float, float, float],
    scale: float,
    seen: tuple[int, int, int, int],
) -> None:
    """It takes in its share around the face; at an edge it is moved, and never filled up."""
    across, down = np.meshgrid(np.arange(200), np.arange(120))
    pixels = np.dstack([across, down, np.full_like(across, 255)]).astype(np.uint8)
    square = opened(tmp_path, brightness(SIDE), scale=scale).cut(Picture(pixels), box)
    left, top, right, bottom = seen
    expected = cv2.resize(pixels[top:bottom, left:right], (SIDE, SIDE))

    assert square.shape == (SIDE, SIDE, 3)
    assert np.abs(square.astype(int) - expected.astype(int)).max() <= 3
