"""The image door under damage drawn by hypothesis: pixels, or one of three errors."""

from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deployments.errors import FacegraphError, ImageTooLarge, UndecodableImage, UnsupportedMediaType
from deployments.vision.decoder import Decoder
from deployments.vision.images import decode
from deployments.vision.pictures import Decoded
from tests.hostile.drawn import sound_files

MAX_PIXELS = 100_000
REFUSALS = (ImageTooLarge, UndecodableImage, UnsupportedMediaType)

HEAD = 64  # Bytes in which most of what a decoder steers by lies.

kinds = st.sampled_from(sorted(sound_files()))
places = st.one_of(st.integers(0, HEAD), st.integers(0, 8000))
# A place, how many bytes are taken out there, and those put in.
wounds = st.tuples(places, st.sampled_from([0, 1, 1, 4, 100]), st.binary(max_size=8))


def wounded(data: bytes, wounds: list[tuple[int, int, bytes]]) -> bytes:
    """Return a file with pieces exchanged."""
    for place, length, piece in wounds:
        at = place % len(data) if data else 0
        data = data[:at] + piece + data[at + length :]
    return data


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    """Yield a process that decodes."""
    decoder = Decoder(max_pixels=MAX_PIXELS, seconds=10)
    yield decoder
    decoder.close()


def outcome(read: Decoded | FacegraphError) -> tuple[object, ...]:
    """Return what two readings of one file have to agree on."""
    if isinstance(read, FacegraphError):
        return type(read), read.args
    height, width, channels = read.pixels.shape
    assert channels == 3
    assert height * width <= MAX_PIXELS
    return read.pixels.tobytes(), read.reduction, read.size


def read_here(data: bytes, side: int | None) -> Decoded | FacegraphError:
    """Decode in this process; any error but the three ends the test."""
    try:
        return decode(data, side, max_pixels=MAX_PIXELS)
    except REFUSALS as error:
        return error


def read_there(decoder: Decoder, data: bytes, side: int | None) -> Decoded | FacegraphError:
    """Decode in the other process."""
    try:
        return decoder.decode(data, side, max_pixels=MAX_PIXELS)
    except REFUSALS as error:
        return error


@given(kind=kinds, wounds=st.lists(wounds, min_size=1, max_size=8), side=st.sampled_from([None, 9]))
@example(kind="jpeg baseline", wounds=[(0, 8000, b"")], side=None)
@example(kind="jpeg of a phone", wounds=[(27, 0, b"\0")], side=None)  # Pillow warns, and reads it.
def test_only_three_errors_escape_whatever_the_bytes(
    decoder: Decoder, kind: str, wounds: list[tuple[int, int, bytes]], side: int | None
) -> None:
    """No decoder's own error reaches the caller, and both processes see a file alike."""
    data = wounded(sound_files()[kind], wounds)
    here = read_here(data, side)
    assert outcome(read_there(decoder, data, side)) == outcome(here)
