"""Decodes photos in a process of its own, which a hostile one may crash, hang or fill.

Whatever happens there happens to one photo: it is refused as undecodable, and the next one finds
another process. What these may not do is told in confinement.py, what it costs in
docs/decisions/0008-decoding-in-a-process-of-its-own.md.
"""

import socket
import subprocess
import sys
import weakref
from os import pathsep
from typing import Final

import structlog

from deployments.errors import Unavailable, UndecodableImage
from deployments.vision.exchange import LONGEST_ANSWER, Question, shared_file, taken
from deployments.vision.pictures import Decoded

# Bytes a decoder may take for a pixel it is allowed to read, and for itself: a transparent PNG
# laid on white takes the most, and is laid out anew with each step.
_MEMORY_A_PIXEL: Final = 48
_MEMORY_BESIDE: Final = 128 * 2**20
_START_SECONDS: Final = 30.0

log = structlog.get_logger("facegraph.vision")


class Decoder:
    """A process that decodes, replaced when it dies or takes over `seconds` for a photo.

    Lives until it is closed or forgotten, and the processes no longer than this one, however it
    ends. Used by one thread at a time. No photo has more than `max_pixels`.
    """

    def __init__(self, *, max_pixels: int, seconds: float) -> None:
        self._memory = _MEMORY_BESIDE + max_pixels * _MEMORY_A_PIXEL
        self._seconds = seconds
        self._line: socket.socket | None = None
        self._start()

    def decode(self, data: bytes, side: int | None, *, max_pixels: int) -> Decoded:
        """Do what images.decode does; the pixels are to be read only.

        Raises what it raises, and UndecodableImage where the process dies of the photo or takes
        too long; Unavailable where no process can be had.
        """
        question = Question(len(data), side, max_pixels)
        with shared_file(data, max_pixels) as file:
            self._ask(question, file)
            try:
                return taken(self._told(), file, question)
            except (OSError, ValueError) as error:
                log.warning("decoder_replaced", reason=type(error).__name__, bytes=len(data))
                self._replace()
                raise UndecodableImage("The image is damaged or incomplete.") from None

    def close(self) -> None:
        """End the processes; returns when they are gone."""
        if self._line:
            self._line.close()
        self._ended()

    def _ask(self, question: Question, file: int) -> None:
        """Hand a photo over; a process that was dead before had no part in it."""
        line = self._line or self._replace()
        try:
            socket.send_fds(line, [question.packed()], [file])
        except OSError:
            socket.send_fds(self._replace(), [question.packed()], [file])

    def _told(self) -> bytes:
        """Return the answer; raises TimeoutError, or ConnectionError where the process died."""
        line = self._line
        if line is None or not (told := line.recv(LONGEST_ANSWER)):
            raise ConnectionResetError
        return told

    def _replace(self) -> socket.socket:
        """End the decoder there is, if any, and return the line to another."""
        if self._line:
            self._line.close()
        try:
            self._line = self._another()
        except OSError:
            # The nursery itself is gone, which no photo can do.
            self._ended()
            self._start()
            self._line = self._another()
        self._line.settimeout(self._seconds)
        return self._line

    def _another(self) -> socket.socket:
        self._nursery.sendall(b"+")
        _, descriptors, _, _ = socket.recv_fds(self._nursery, 1, 1)
        if not descriptors:
            raise ConnectionResetError
        return socket.socket(fileno=descriptors[0])

    def _start(self) -> None:
        """Start a nursery, which is ready some tenths of a second after this returned."""
        self._nursery, theirs = socket.socketpair()
        self._nursery.settimeout(_START_SECONDS)
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "deployments.vision.decoding"]
                + [str(theirs.fileno()), str(self._memory)],
                env={"PYTHONPATH": pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._ended = weakref.finalize(self, _end, self._nursery, process)


def _end(nursery: socket.socket, process: subprocess.Popen[bytes]) -> None:
    """Let go of the line, on which the nursery ends its decoder and itself."""
    nursery.close()
    process.wait()
