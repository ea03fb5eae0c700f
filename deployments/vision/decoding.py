"""The processes that decode, seen from within: a nursery, and the decoders it forks.

The nursery has loaded the libraries, reads no photo, and forks a decoder in milliseconds, where a
new interpreter takes half a second. There is one decoder at a time. It lives until it dies of a
photo, another one is asked for, or the nursery ends, which it does with whoever holds its line.
"""

import gc
import os
import signal
import socket
import sys
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Final

import cv2
from PIL import Image

from deployments.errors import FacegraphError
from deployments.vision.confinement import confine
from deployments.vision.exchange import QUESTION_LENGTH, Question, SharedMemory, refusal
from deployments.vision.images import decode

# After standard input, output and error; no other descriptor is open, and none can be.
_LINE: Final = 3

# Bytes of address space that a decoder may take for each pixel it is allowed to read, and beside.
_MEMORY_A_PIXEL: Final = 40
_MEMORY_BESIDE: Final = 128 * 2**20


def main(line: int, max_pixels: int) -> None:
    """Fork a decoder for each file that comes over the line, and hand out the line to it.

    Decoders find photos of at most `max_pixels` in their file, which is never open here for longer
    than a fork takes, and is mapped by them alone.
    """
    _rehearse()
    gc.freeze()
    asked = socket.socket(fileno=line)
    decoder: int | None = None
    while files := socket.recv_fds(asked, 1, 1)[1]:
        _end(decoder)
        decoder = _forked(asked, files[0], max_pixels)
    _end(decoder)


def _forked(asked: socket.socket, file: int, max_pixels: int) -> int:
    """Return the id of a new decoder, the line to which was handed out."""
    theirs, ours = socket.socketpair()
    with theirs, ours:
        decoder = os.fork()
        if decoder == 0:
            _become_decoder(ours, file, max_pixels)
        socket.send_fds(asked, [b"+"], [theirs.fileno()])
    os.close(file)
    return decoder


def _rehearse() -> None:
    """Read a picture of each kind, so that whatever a library loads late is loaded now."""
    cv2.setNumThreads(1)
    metadata = Image.Exif()
    metadata[0x0112] = 6
    for kind, mode in (("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "LA"), ("WEBP", "RGBA")):
        _read(_made(mode, kind, exif=metadata))
    _read(_made("P", "BMP"))
    _read(_made("RGB", "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8))]))


def _made(mode: str, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    Image.new(mode, (8, 8)).save(buffer, kind, **options)
    return buffer.getvalue()


def _read(data: bytes) -> None:
    decode(data, None, max_pixels=64)


def _end(decoder: int | None) -> None:
    if decoder is not None:
        with suppress(ProcessLookupError):
            os.kill(decoder, signal.SIGKILL)
        os.waitpid(decoder, 0)


def _become_decoder(line: socket.socket, file: int, max_pixels: int) -> None:
    """Keep nothing of the nursery but its code; answer until the line ends; never return."""
    try:
        shared = SharedMemory(file, max_pixels)
        os.dup2(line.fileno(), _LINE)
        with Path(os.devnull).open("r+b", buffering=0) as nothing:
            for standard in range(_LINE):
                os.dup2(nothing.fileno(), standard)
        os.closerange(_LINE + 1, os.sysconf("SC_OPEN_MAX"))
        memory = _MEMORY_BESIDE + max_pixels * _MEMORY_A_PIXEL
        confine(memory=memory, descriptors=_LINE + 1)
        _answer_all(socket.socket(fileno=_LINE), shared)
    finally:
        os._exit(0)


def _answer_all(line: socket.socket, shared: SharedMemory) -> None:
    while told := line.recv(QUESTION_LENGTH):
        line.sendall(_answer(Question.unpacked(told), shared))


def _answer(question: Question, shared: SharedMemory) -> bytes:
    data = shared.photo(question.length)
    try:
        return shared.put_pixels(decode(data, question.side, max_pixels=question.max_pixels))
    except FacegraphError as error:
        return refusal(error)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
