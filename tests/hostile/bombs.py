"""Small files that cost memory or time without end, or as much as a service admits."""

import zlib
from collections.abc import Iterator

from tests.hostile.drawn import GREY, RGB, RGBA, bmp, chunk, drawing, encoded, png, sound_files

_MEBIBYTE = 2**20
_TEXTS = {
    b"zTXt": b"Comment\0\0",
    b"iTXt": b"Comment\0\1\0\0\0",
    b"iCCP": b"profile\0\0",
}


def bombs() -> Iterator[tuple[str, bytes]]:
    """Yield those that are made and answered at once; the same each time."""
    bomb, sound = _deflated(16 * _MEBIBYTE), sound_files()["png 2 of 8 bits"]
    yield "black within the limit", _black(6300, 1, GREY)
    yield "black beyond the limit", _black(6400, 1, GREY)
    yield "more content than pixels", png(16, 16, 8, RGB, bomb)
    for name, head in _TEXTS.items():
        yield f"{name.decode()} bomb", sound[:33] + chunk(name, head + bomb) + sound[33:]
    for side, scans in ((96, 50), (96, 2000), (3000, 3000)):
        yield scans_without_end(side, scans)


def slow_bombs() -> Iterator[tuple[str, bytes]]:
    """Yield those that take seconds, at times all that a photo may take; the same each time."""
    sound = sound_files()["png 2 of 8 bits"]
    yield "clear within the limit", _black(4000, 8, RGBA)
    yield "grey within the limit, 16 bits", _black(5000, 16, GREY)
    for filling in (b"\0", b"\xff"):
        # Each byte is a step of Pillow's search for the next marker.
        yield f"jpeg magic, 9 MiB of {filling.hex()}", b"\xff\xd8\xff" + filling * (9 * _MEBIBYTE)
    yield "flat and long", png(39_000_000, 1, 1, GREY, _deflated(39_000_000 // 8 + 2))
    yield "bmp in runs within the limit", bmp(6300, 6300, 8, 1, b"\0\1")
    small = _deflated(_MEBIBYTE - 1)
    for name, head in _TEXTS.items():
        many = chunk(name, head + small) * 200
        yield f"{name.decode()} bombs", sound[:33] + many + sound[33:]
    yield "hundreds of thousands of chunks", sound[:33] + chunk(b"teXt", b"") * 400_000 + sound[33:]
    for side, scans in ((96, 20_000), (6000, 80), (6000, 3000)):
        yield scans_without_end(side, scans)


def _black(side: int, depth: int, colour: int) -> bytes:
    bits = depth * {GREY: 1, RGBA: 4}[colour]
    return png(side, side, depth, colour, _deflated(side * (1 + -(-side * bits // 8))))


def _deflated(length: int) -> bytes:
    """Return zeros, a thousandth of their length."""
    return zlib.compress(bytes(length), 9)


def scans_without_end(side: int, scans: int) -> tuple[str, bytes]:
    """Return a progressive JPEG each of whose scans costs a pass over all coefficients."""
    data = encoded(drawing().resize((side, side)), "JPEG", progressive=True, quality=20)
    scan = data[data.rindex(b"\xff\xda") : -2][:200]
    return f"{scans} scans of {side} px", data[:-2] + scan * scans + b"\xff\xd9"
