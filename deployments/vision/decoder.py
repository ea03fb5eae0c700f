"""Decodes photos in a process of its own, which a hostile one may crash, hang or fill.

Whatever happens there happens to one photo: it is refused as undecodable, and the next one finds
another process. What these may not do is told in confinement.py, what it costs in
docs/decisions/0008-decoding-in-a-process-of-its-own.md.
"""

import os
import socket
import weakref
from threading import Lock

import structlog

from deployments.errors import Unavailable, UndecodableImage
from deployments.vision.exchange import LONGEST_ANSWER, Question, SharedMemory, shared_file
from deployments.vision.nursery import Nursery
from deployments.vision.pictures import Decoded

TRIES = 3  # Something that ends decoders before they are asked may well end the next one too.

log = structlog.get_logger("facegraph.vision")


class Decoder:
    """A process that decodes, replaced when it dies or takes over `seconds` for a photo.

    Lives until it is closed or forgotten, and its nursery and decoder no longer than this process,
    however it ends. Each decoder has memory that it shares with this process alone, so one that
    was taken over, or what it left running, sees no photo of the next. Used by one thread at a
    time: where there are several, who decodes holds `turn`. No photo has more than `max_pixels`.
    """

    def __init__(self, *, max_pixels: int, seconds: float) -> None:
        self.seconds = seconds
        self.turn = Lock()
        self._max_pixels = max_pixels
        self._start()

    def decode(
        self, data: bytes, side: int | None, *, max_pixels: int, seconds: float | None = None
    ) -> Decoded:
        """Do what images.decode does, there, in `seconds` if those of a photo were used in part.

        Raises what it raises, and UndecodableImage where the process dies of the photo or takes
        too long; Unavailable where no process can be had.
        """
        question = Question(len(data), side, max_pixels)
        line = self._asked(data, question)
        try:
            answer = _answer(line, self.seconds if seconds is None else seconds)
            return self._shared.take_pixels(answer, question)
        except (OSError, ValueError) as error:
            log.warning("decoder_replaced", reason=type(error).__name__, bytes=len(data))
            self.replace()
            raise UndecodableImage("The image is damaged or incomplete.") from None

    def replace(self) -> socket.socket:
        """End the process that decodes and return the line to another; raises Unavailable.

        Where the nursery is gone, which no photo can do, there will be a new one too.
        """
        try:
            return self._another()
        except OSError:
            self._end()
            self._start()
        try:
            return self._another()
        except OSError:
            raise _unavailable() from None

    def close(self) -> None:
        """End the processes; returns when they are gone."""
        self._end()

    def _asked(self, data: bytes, question: Question) -> socket.socket:
        """Ask, and return the line on which the answer comes; raises Unavailable."""
        for _ in range(TRIES):
            try:
                line = self._nursery.line or self._another()
                self._ask(line, data, question)
            except OSError:
                # Who was dead before had no part in this photo.
                self.replace()
            else:
                return line
        raise _unavailable()

    def _ask(self, line: socket.socket, data: bytes, question: Question) -> None:
        self._shared.put_photo(data)
        line.settimeout(self.seconds)
        line.sendall(question.packed())

    def _another(self) -> socket.socket:
        """Have a decoder forked, with memory that none before it has seen; raises OSError."""
        file = shared_file(self._max_pixels)
        try:
            self._shared = SharedMemory(file, self._max_pixels)
            return self._nursery.another(file)
        finally:
            os.close(file)

    def _start(self) -> None:
        self._nursery = Nursery(self._max_pixels)
        self._end = weakref.finalize(self, self._nursery.end)


def _unavailable() -> Unavailable:
    return Unavailable("Photos cannot be decoded at the moment.")


def _answer(line: socket.socket, seconds: float) -> bytes:
    """Wait for an answer; raises TimeoutError, or ConnectionError where the process died."""
    line.settimeout(seconds)
    if not (answer := line.recv(LONGEST_ANSWER)):
        raise ConnectionResetError("the decoder has ended")
    return answer
