"""How a photo gets to the process that decodes it, and its pixels back.

Both lie in memory that the two share: the photo from the start, its pixels from a fixed place on.
Over the line between them go only a question and an answer, each of a few numbers. The asker
believes nothing of an answer: whoever decodes may be in the hands of the photo.
"""

import mmap
import os
import struct
from tempfile import TemporaryFile
from typing import Final, NamedTuple

import numpy as np

from deployments.errors import (
    BodyTooLarge,
    FacegraphError,
    ImageTooLarge,
    UndecodableImage,
    UnsupportedMediaType,
)
from deployments.vision.pictures import REDUCTIONS, Decoded, Pixels

LONGEST_ANSWER: Final = 4096  # Bytes: the numbers and a sentence for the caller.

_CHANNELS: Final = 3
# Bytes an encoded photo may have: those of its pixels at 16 bits a channel, and a megabyte.
_ENCODED_CHANNELS: Final = 8
_ENCODED_BESIDE: Final = 2**20
# Memory beyond so much at either place is given back after use. Fresh pages cost half as much as
# decoding does, so the pixels of a phone's 12 megapixels are kept.
_KEPT: Final = 36 * 2**20

_ASKED: Final = struct.Struct("<3Q")
QUESTION_LENGTH: Final = _ASKED.size
_NUMBERS: Final = struct.Struct("<6Q")
_REFUSALS: Final[tuple[type[FacegraphError], ...]] = (
    UnsupportedMediaType,
    ImageTooLarge,
    UndecodableImage,
)


class Question(NamedTuple):
    """What is asked about the photo at hand: the bytes it has, and what images.decode takes."""

    length: int
    side: int | None
    max_pixels: int

    def packed(self) -> bytes:
        """Return the bytes that go over the line; no side is a side of 0."""
        return _ASKED.pack(self.length, self.side or 0, self.max_pixels)

    @classmethod
    def unpacked(cls, told: bytes) -> "Question":
        """Read what `packed` made."""
        length, side, max_pixels = _ASKED.unpack(told)
        return cls(length, side or None, max_pixels)


def shared_file(max_pixels: int) -> int:
    """Return the descriptor of a file without a name, with room for a photo and its pixels.

    Only what is written takes memory. Nobody can shorten it, for who reads beyond the end of a
    file dies; where there are no seals (macOS) that is left to whoever decodes.
    """
    size = _pixels_at(max_pixels) + max_pixels * _CHANNELS
    if not hasattr(os, "memfd_create"):
        with TemporaryFile(buffering=0) as file:
            file.truncate(size)
            return os.dup(file.fileno())
    # The module has the seals only where the system has.
    from fcntl import F_ADD_SEALS, F_SEAL_GROW, F_SEAL_SEAL, F_SEAL_SHRINK, fcntl

    descriptor = os.memfd_create("photo", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(descriptor, size)
    fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
    return descriptor


class SharedMemory:
    """One photo and its pixels, seen by whoever asks and whoever decodes; lives as long as either.

    `file` is of `shared_file`, for the same number of pixels, and may be closed afterwards.
    """

    def __init__(self, file: int, max_pixels: int) -> None:
        self._pixels_at = _pixels_at(max_pixels)
        self._memory = mmap.mmap(file, 0)

    def put_photo(self, data: bytes) -> None:
        """Leave a photo to be decoded; raises BodyTooLarge."""
        if len(data) > self._pixels_at:
            raise BodyTooLarge("The image has far more bytes than its pixels could need.")
        self._memory[: len(data)] = data

    def photo(self, length: int) -> bytes:
        """Take the photo."""
        return self._memory[:length]

    def put_pixels(self, decoded: Decoded) -> bytes:
        """Leave pixels to be taken, and return the answer that tells of them."""
        rows, columns = decoded.pixels.shape[:2]
        np.copyto(self._pixels(rows, columns), decoded.pixels)
        return _NUMBERS.pack(0, rows, columns, decoded.reduction, *decoded.size)

    def take_pixels(self, answer: bytes, question: Question) -> Decoded:
        """Return a copy of the pixels an answer tells of, and leave neither them nor the photo.

        Raises the refusal it tells of, or ValueError where it is none that an honest process gives.
        """
        try:
            rows, columns, reduction, size = _checked(answer, question)
            decoded = Decoded(self._pixels(rows, columns).copy(), reduction, size)
        finally:
            self._clear(0, question.length)
        self._clear(self._pixels_at, decoded.pixels.size)
        return decoded

    def _pixels(self, rows: int, columns: int) -> Pixels:
        size = rows * columns * _CHANNELS
        flat: Pixels = np.frombuffer(self._memory, np.uint8, size, self._pixels_at)
        return flat.reshape(rows, columns, _CHANNELS)

    def _clear(self, start: int, length: int) -> None:
        """Overwrite what is kept, for that is cheap, and give back the memory of the rest."""
        if length > _KEPT and hasattr(mmap, "MADV_REMOVE"):
            self._memory.madvise(mmap.MADV_REMOVE, start + _KEPT, _pages(length - _KEPT))
            length = _KEPT
        np.frombuffer(self._memory, np.uint8, length, start).fill(0)


def refusal(error: FacegraphError) -> bytes:
    """Return the answer about a photo that is not read."""
    number = 1 + _REFUSALS.index(type(error))
    return _NUMBERS.pack(number, 0, 0, 0, 0, 0) + error.detail.encode()


def _checked(answer: bytes, question: Question) -> tuple[int, int, int, tuple[int, int]]:
    """Return rows, columns, reduction and size, which all fit each other."""
    if len(answer) < _NUMBERS.size:
        raise ValueError("an answer without its numbers")
    refused, rows, columns, reduction, width, height = _NUMBERS.unpack_from(answer)
    if refused > len(_REFUSALS):
        raise ValueError("a refusal nobody knows")
    if refused:
        raise _REFUSALS[refused - 1](answer[_NUMBERS.size :].decode(errors="replace"))
    if reduction not in REDUCTIONS or not 0 < width * height <= question.max_pixels:
        raise ValueError("a size or a reduction that cannot be")
    if (rows, columns) != (max(1, height // reduction), max(1, width // reduction)):
        raise ValueError("pixels that are not those of the picture")
    return rows, columns, reduction, (width, height)


def _pixels_at(max_pixels: int) -> int:
    return _pages(max_pixels * _ENCODED_CHANNELS + _ENCODED_BESIDE)


def _pages(length: int) -> int:
    """Return a length in whole pages."""
    return -(-length // mmap.PAGESIZE) * mmap.PAGESIZE
