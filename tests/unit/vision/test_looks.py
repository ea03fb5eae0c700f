"""All looks at a photo together: one allowance of time, one refusal, none in vain."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import pytest

from deployments.errors import DeadlineExceeded, FacegraphError, UndecodableImage
from deployments.vision import looks
from deployments.vision.decoder import Decoder
from deployments.vision.looks import Looks
from deployments.vision.pictures import Decoded
from tests.unit.vision.photographs import empty

SECONDS = 5.0


class Slow(Decoder):
    """A decoder without a process: each photo takes it two seconds of the clock it sets."""

    def __init__(self) -> None:
        self.seconds = SECONDS
        self.turn: AbstractContextManager[None] = nullcontext()  # type: ignore[assignment]
        self.now = 0.0
        self.allowed: list[float | None] = []
        self.refusal: FacegraphError | None = None

    def decode(
        self, data: bytes, side: int | None, *, max_pixels: int, seconds: float | None = None
    ) -> Decoded:
        """Note the seconds allowed, and take two."""
        del data, side, max_pixels
        self.allowed.append(seconds)
        self.now += 2.0
        if self.refusal:
            raise self.refusal
        return Decoded(empty(), 1, (64, 64))


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """Return a decoder by whose clock time goes."""
    slow = Slow()
    monkeypatch.setattr(looks, "monotonic", lambda: slow.now)
    return slow


def test_all_looks_share_the_time_of_a_photo(slow: Slow) -> None:
    """Each has what those before it left, and with nothing left the photo is refused unseen."""
    photo = Looks(slow, 10_000)
    for side in (10, 20, 40):
        photo.decode(b"", side)
    with pytest.raises(UndecodableImage, match="too long"):
        photo.decode(b"", None)
    assert slow.allowed == [5.0, 3.0, 1.0]


def test_another_photo_has_time_of_its_own(slow: Slow) -> None:
    """What one photo used is not missed by the next."""
    Looks(slow, 10_000).decode(b"", None)
    Looks(slow, 10_000).decode(b"", None)
    assert slow.allowed == [SECONDS, SECONDS]


def test_a_refused_photo_is_not_decoded_again(slow: Slow) -> None:
    """The refusal stands, with its sentence, and is made anew each time it is raised."""
    photo, slow.refusal = Looks(slow, 10_000), UndecodableImage("Damaged.")
    raised = [refusal_of(photo) for _ in range(3)]
    assert [repr(each) for each in raised] == ["UndecodableImage('Damaged.')"] * 3
    assert len(set(map(id, raised))) == 3
    assert len(slow.allowed) == 1


def refusal_of(photo: Looks) -> FacegraphError:
    """Return the error with which a look ends."""
    with pytest.raises(FacegraphError) as caught:
        photo.decode(b"", None)
    return caught.value


def test_nobody_looks_at_what_nobody_waits_for(slow: Slow) -> None:
    """A caller who gives up between two looks spares the second."""
    waits = iter((True, False))
    photo = Looks(slow, 10_000, lambda: next(waits))
    photo.decode(b"", 10)
    with pytest.raises(DeadlineExceeded):
        photo.decode(b"", None)
    assert len(slow.allowed) == 1


def test_waiting_for_a_turn_is_not_decoding(slow: Slow) -> None:
    """However long another photo has the decoder, this one is given what it was given."""

    @contextmanager
    def turn() -> Iterator[None]:
        slow.now += 60.0
        yield

    photo = Looks(slow, 10_000)
    for _ in range(2):
        slow.turn = turn()
        photo.decode(b"", None)
    assert slow.allowed == [5.0, 3.0]
