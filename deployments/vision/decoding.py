"""The processes that decode, seen from within: a nursery, and the decoders it forks.

The nursery has loaded the libraries, reads no photo, and forks a decoder in milliseconds, where a
new interpreter takes half a second. There is one decoder at a time. It lives until it dies of a
photo, another one is asked for, or the nursery ends, which it does with whoever holds its line.
"""

import gc
import mmap
import os
import signal
import socket
import sys
from contextlib import suppress
from io import BytesIO
from typing import Final

import cv2
import numpy as np
from PIL import Image

from deployments.errors import FacegraphError
from deployments.vision.confinement import confine
from deployments.vision.exchange import Question, answer, pixels_at
from deployments.vision.images import decode
from deployments.vision.pictures import Decoded

# Standard input, output and error, the line, a photo's file and its mapping: while a photo is
# read there is no room for another.
_LINE: Final = 3
_DESCRIPTORS: Final = 6


def main(line: int, memory: int) -> None:
    """Fork a decoder for each byte that comes over the line, and hand out its end of another.

    A decoder may map `memory` bytes beyond what the nursery has.
    """
    _rehearse()
    gc.freeze()
    asked = socket.socket(fileno=line)
    decoder: int | None = None
    while asked.recv(1):
        _end(decoder)
        theirs, ours = socket.socketpair()
        decoder = os.fork()
        if decoder == 0:
            _become_decoder(ours, memory)
        ours.close()
        socket.send_fds(asked, [b"+"], [theirs.fileno()])
        theirs.close()
    _end(decoder)


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


def _become_decoder(line: socket.socket, memory: int) -> None:
    """Keep nothing of the nursery but its code; answers until the line ends, and never returns."""
    try:
        os.dup2(line.fileno(), _LINE)
        with open(os.devnull, "r+b", buffering=0) as nothing:
            for standard in range(_LINE):
                os.dup2(nothing.fileno(), standard)
        os.closerange(_LINE + 1, os.sysconf("SC_OPEN_MAX"))
        confine(memory=memory, descriptors=_DESCRIPTORS)
        _answer_all(socket.socket(fileno=_LINE))
    finally:
        os._exit(0)


def _answer_all(line: socket.socket) -> None:
    while True:
        told, (file,), _, _ = socket.recv_fds(line, Question.FORM.size, 1)
        line.sendall(_answered(Question.unpacked(told), file))


def _answered(question: Question, file: int) -> bytes:
    """Decode the photo in the file, write its pixels beside it, and return what is to be told."""
    size = pixels_at(question.length) + question.max_pixels * 3
    try:
        with mmap.mmap(file, size) as shared:
            data = shared[: question.length]
            decoded = decode(data, question.side, max_pixels=question.max_pixels)
            _write(decoded, shared, pixels_at(question.length))
            return answer(decoded)
    except FacegraphError as refusal:
        return answer(refusal)
    finally:
        os.close(file)


def _write(decoded: Decoded, shared: mmap.mmap, offset: int) -> None:
    """Put the pixels where they belong, in rows without gaps."""
    pixels = decoded.pixels
    room = np.frombuffer(shared, np.uint8, pixels.size, offset)
    np.copyto(room.reshape(pixels.shape), pixels)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
