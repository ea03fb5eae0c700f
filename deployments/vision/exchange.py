"""How a photo gets to the process that decodes it, and its pixels back.

Both lie in one file without a name, mapped by either side: the photo from the start, its pixels
from the next page on. They are written once and read where they are, and the memory is free when
the last array on it is. Over the line between the two go only the file, a question and an answer,
each of a few numbers. The asker believes nothing: whoever decodes may be in the hands of the photo.
"""

import mmap
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Final, NamedTuple

import numpy as np

from deployments.errors import (
    FacegraphError,
    ImageTooLarge,
    UndecodableImage,
    UnsupportedMediaType,
)
from deployments.vision.pictures import REDUCTIONS, Decoded, Pixels

CHANNELS: Final = 3
LONGEST_ANSWER: Final = 4096  # Bytes: the numbers and a sentence for the caller.

_PAGE = mmap.ALLOCATIONGRANULARITY
_NUMBERS: Final = struct.Struct("<6Q")
_REFUSALS: Final[tuple[type[FacegraphError], ...]] = (
    UnsupportedMediaType,
    ImageTooLarge,
    UndecodableImage,
)


class Question(NamedTuple):
    """What is asked about the photo in the file: bytes it has, and as images.decode takes them."""

    length: int
    side: int | None
    max_pixels: int

    FORM = struct.Struct("<3Q")

    def packed(self) -> bytes:
        """Return the bytes that go over the line; no side is a side of 0."""
        return self.FORM.pack(self.length, self.side or 0, self.max_pixels)

    @classmethod
    def unpacked(cls, told: bytes) -> "Question":
        """Read what `packed` made."""
        length, side, max_pixels = cls.FORM.unpack(told)
        return cls(length, side or None, max_pixels)


@contextmanager
def shared_file(photo: bytes, max_pixels: int) -> Iterator[int]:
    """Yield the descriptor of a file that holds the photo and has room for its pixels.

    Only what is written takes memory. Nobody can shorten it, for who reads beyond the end of a
    file dies; where there are no seals (macOS) that is left to whoever decodes.
    """
    size = pixels_at(len(photo)) + max_pixels * CHANNELS
    if not hasattr(os, "memfd_create"):
        with TemporaryFile(buffering=0) as file:
            file.truncate(size)
            os.pwrite(file.fileno(), photo, 0)
            yield file.fileno()
        return
    # The module has the seals only where the system has.
    from fcntl import F_ADD_SEALS, F_SEAL_GROW, F_SEAL_SEAL, F_SEAL_SHRINK, fcntl

    descriptor = os.memfd_create("photo", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        os.ftruncate(descriptor, size)
        fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
        os.pwrite(descriptor, photo, 0)
        yield descriptor
    finally:
        os.close(descriptor)


def pixels_at(length: int) -> int:
    """Return where the pixels of a photo of `length` bytes begin: on a page of their own."""
    return -(-length // _PAGE) * _PAGE


def answer(decoded: Decoded | FacegraphError) -> bytes:
    """Return what is told about a photo: the numbers of its pixels, or why there are none."""
    if isinstance(decoded, FacegraphError):
        refusal = 1 + _REFUSALS.index(type(decoded))
        return _NUMBERS.pack(refusal, 0, 0, 0, 0, 0) + decoded.detail.encode()
    rows, columns = decoded.pixels.shape[:2]
    return _NUMBERS.pack(0, rows, columns, decoded.reduction, *decoded.size)


def taken(told: bytes, file: int, question: Question) -> Decoded:
    """Return the pixels an answer tells of, to be read only.

    Raises the refusal it tells of, or ValueError where it is none that an honest process gives.
    """
    if len(told) < _NUMBERS.size:
        raise ValueError("an answer without its numbers")
    refusal, rows, columns, reduction, width, height = _NUMBERS.unpack_from(told)
    if refusal:
        raise _refusal(refusal, told[_NUMBERS.size :])
    agree = (rows, columns) == tuple(max(1, each // max(reduction, 1)) for each in (height, width))
    if not agree or reduction not in REDUCTIONS or not 0 < width * height <= question.max_pixels:
        raise ValueError("an answer whose numbers cannot be")
    offset = pixels_at(question.length)
    mapped = mmap.mmap(file, rows * columns * CHANNELS, offset=offset, access=mmap.ACCESS_READ)
    pixels: Pixels = np.frombuffer(mapped, np.uint8).reshape(rows, columns, CHANNELS)
    return Decoded(pixels, reduction, (width, height))


def _refusal(number: int, detail: bytes) -> FacegraphError:
    if number > len(_REFUSALS):
        raise ValueError("a refusal nobody knows")
    return _REFUSALS[number - 1](detail.decode(errors="replace"))
