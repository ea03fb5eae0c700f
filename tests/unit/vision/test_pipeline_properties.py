"""One pipeline, any batch: each photo's answer is the one it gets alone, in its own place."""

from collections.abc import Callable
from functools import cache
from itertools import chain
from typing import Any, Final, get_args

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.errors import DeadlineExceeded, FacegraphError, UndecodableImage
from deployments.messages.embedder import Analysis, Embed, Face, Photo
from deployments.vision import networks
from deployments.vision.decoder import Decoder
from deployments.vision.packs import Pack
from deployments.vision.pictures import Decoded, Pixels
from deployments.vision.pipeline import _DECODED_SIDE, Pipeline
from tests.unit.vision.photographs import empty, group, jpeg, portrait

Result = Analysis | FacegraphError
Alone = Callable[[str, Embed, int], Result]

# The middles of the six faces of the group, and half the side of a square around any, in pixels.
MIDDLES: Final = [(961, 130), (117, 330), (516, 347), (800, 408), (320, 212), (1169, 339)]
REACH: Final = 110


def forty() -> Pixels:
    """Return forty faces in five rows: the six of the group, again and again; (600, 960, 3)."""
    squares = [group()[y - REACH : y + REACH, x - REACH : x + REACH] for x, y in MIDDLES]
    tiles = [cv2.resize(square, (120, 120), interpolation=cv2.INTER_AREA) for square in squares]
    rows = [np.hstack([tiles[(row + column) % 6] for column in range(8)]) for row in range(5)]
    return np.vstack(rows).astype(np.uint8)


POOL: Final = {
    "nobody": jpeg(empty()),
    "one": jpeg(portrait()),
    "one, large": jpeg(cv2.resize(portrait(), (1500, 1500)).astype(np.uint8)),
    "some": jpeg(group()[:, 600:]),
    "six": jpeg(group()),
    "six, small": jpeg(cv2.resize(group(), (640, 443)).astype(np.uint8)),
    "forty": jpeg(forty()),
    "cut off": jpeg(group())[:9000],
    "no image": b"no image",
    "nothing": b"",
    "too large": jpeg(empty(2100, 2000)),
}

photos = st.tuples(
    st.sampled_from(list(POOL)), st.sampled_from(get_args(Embed)), st.sampled_from([1, 2, 100])
)


def photo(name: str, embed: Embed, max_faces: int) -> Photo:
    """Return a photo of the pool as somebody asks about it."""
    return Photo(POOL[name], embed=embed, max_faces=max_faces)


@pytest.fixture(scope="module")
def alone(pipeline: Pipeline) -> Alone:
    """Return what answers for a photo by itself; each question is asked once."""
    return cache(lambda *asked: pipeline.analyse([photo(*asked)])[0])


@pytest.fixture(scope="module")
def batching(default_pack: Pack) -> Pipeline:
    """Return a pipeline that runs several photos, looks and faces at once, as on a GPU.

    Fewer photos than a batch may have, so that some batches are searched in several goes.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(networks._DECODED_AT_ONCE, "cpu", 2)
        patch.setitem(networks._PHOTOS_AT_ONCE, "cpu", 2)
        patch.setitem(networks._LOOKS_AT_ONCE, "cpu", 4)
        patch.setitem(networks._FACES_AT_ONCE, "cpu", 8)
        return Pipeline(default_pack, threads=1, device="cpu", max_pixels=4_000_000)


def is_same(result: Result, expected: Result) -> bool:
    """Tell whether two answers differ by no more than a network's rounding."""
    if isinstance(result, FacegraphError) or isinstance(expected, FacegraphError):
        return repr(result) == repr(expected)
    return (
        (result.width, result.height) == (expected.width, expected.height)
        and len(result.faces) == len(expected.faces)
        and all(map(is_same_face, result.faces, expected.faces))
    )


def is_same_face(face: Face, expected: Face) -> bool:
    """Compare what a face is by its numbers, and its vector by the cosine."""
    if face.quality.reasons != expected.quality.reasons:
        return False
    if numbers(face) != pytest.approx(numbers(expected), abs=0.01):
        return False
    if face.vector is None or expected.vector is None:
        return face.vector is expected.vector
    return bool(face.vector @ expected.vector >= 0.99999)


def numbers(face: Face) -> list[float]:
    """Return all that is measured of a face: places in pixels, scores, shares and angles."""
    quality, pose = face.quality, face.quality.pose
    measures = quality.score, quality.sharpness, quality.brightness, quality.size, quality.outside
    angles = pose.yaw, pose.pitch, pose.roll
    return [*face.bbox, *chain(*face.landmarks), face.score, *measures, *angles]


@pytest.mark.parametrize("pack", ["default_pack"], indirect=True)
@pytest.mark.parametrize(
    ("name", "faces"),
    [("nobody", 0), ("one", 1), ("some", 3), ("six", 6), ("six, small", 6), ("forty", 40)],
)
def test_the_pool_holds_what_it_says(alone: Alone, name: str, faces: int) -> None:
    """The photos show none to forty faces."""
    result = alone(name, "none", 100)
    assert isinstance(result, Analysis)
    assert len(result.faces) == faces


@pytest.mark.parametrize("pack", ["default_pack"], indirect=True)
@given(batch=st.lists(photos, max_size=4))
def test_a_photos_answer_is_its_own_in_any_batch(
    batching: Pipeline, alone: Alone, batch: list[tuple[str, Embed, int]]
) -> None:
    """Faces, vectors and errors of each are those it has alone, in order, whatever is beside it."""
    results = batching.analyse([photo(*asked) for asked in batch])
    expected = [alone(*asked) for asked in batch]
    assert [*map(is_same, results, expected)] == [True] * len(batch)


LATE: Final = b"damage that shows only as more is decoded"
decode_there = Decoder.decode


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bytes, int | None]]:
    """Return what is decoded, and to which side; one photo's decoder fails late.

    libjpeg fails so on few files, so that one is made up.
    """
    looks: list[tuple[bytes, int | None]] = []

    def decode(decoder: Decoder, data: bytes, side: int | None, **bounds: Any) -> Decoded:
        looks.append((data, side))
        if data != LATE:
            return decode_there(decoder, data, side, **bounds)
        if side != _DECODED_SIDE:
            raise UndecodableImage(f"Damaged where the longer side has {side} px.")
        return Decoded(empty(100, 100), 8, (800, 800))

    monkeypatch.setattr(Decoder, "decode", decode)
    return looks


def test_a_closer_look_has_the_time_the_first_one_left(
    batching: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A photo that is decoded again is given no more than its own seconds for all of it."""
    given: list[float] = []

    def decode(decoder: Decoder, data: bytes, side: int | None, **bounds: Any) -> Decoded:
        given.append(bounds["seconds"])
        return decode_there(decoder, data, side, **bounds)

    monkeypatch.setattr(Decoder, "decode", decode)
    wall = empty(1990, 1990)
    wall[700:1212, 700:1212] = portrait()
    batching.analyse([Photo(jpeg(wall))])
    assert len(given) > 1
    assert given == sorted(set(given), reverse=True)


@pytest.mark.parametrize("pack", ["default_pack"], indirect=True)
def test_damage_found_late_is_one_photos_affair(
    batching: Pipeline, alone: Alone, looked_at: list[tuple[bytes, int | None]]
) -> None:
    """It gets its error, its neighbours their faces, and nothing is decoded twice."""
    expected = alone("one", "all", 1), alone("no image", "all", 1)
    looked_at.clear()
    late, one, no_image = batching.analyse(
        [Photo(LATE), photo("one", "all", 1), photo("no image", "all", 1)]
    )
    assert isinstance(late, UndecodableImage)
    assert [*map(is_same, (one, no_image), expected)] == [True, True]
    assert len(looked_at) == len(set(looked_at))


@pytest.mark.parametrize("pack", ["default_pack"], indirect=True)
def test_who_no_longer_waits_is_not_decoded(
    batching: Pipeline, alone: Alone, looked_at: list[tuple[bytes, int | None]]
) -> None:
    """Each photo is asked about as its turn comes: those late by then are passed over."""
    names = ["one", "six", "nobody", "some"]
    expected = [alone(name, "all", 100) for name in names]
    looked_at.clear()
    results = batching.analyse(
        [photo(name, "all", 100) for name in names],
        # The first photo takes so long that every second caller behind it gives up.
        lambda at: at % 2 == 0 or not looked_at,
    )
    assert [isinstance(result, DeadlineExceeded) for result in results] == [0, 1, 0, 1]
    assert [*map(is_same, results[::2], expected[::2])] == [True, True]
    assert {data for data, _ in looked_at} == {POOL["one"], POOL["nobody"]}
