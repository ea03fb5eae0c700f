"""Files made to hurt: sizes that cannot be, lies about lengths, and two kinds in one."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise

from tests.hostile.drawn import PNG_MAGIC, RGB, bmp, drawing, encoded, png, sound_files

MEBIBYTE = 2**20
_SIZES = (0, 1, 2**15, 2**16 - 1, 2**16, 2**24, 2**31 - 1, 2**31, 2**32 - 1)
_LENGTHS = (0, 1, 12, 2**15, 2**31 - 1, 2**31, 2**32 - 1)
_MARKERS = b"\xff\xc0", b"\xff\xc4", b"\xff\xda", b"\xff\xdb", b"\xff\xe0"


def crafted_files() -> Iterator[tuple[str, bytes]]:
    """Yield all of them, the same each time."""
    yield from _hardly_files()
    yield from _sizes()
    yield from _lies_of_png()
    yield from _lies_of_jpeg()
    yield from _lies_of_webp()
    yield from _polyglots()


def _hardly_files() -> Iterator[tuple[str, bytes]]:
    yield "empty", b""
    for byte in (0, 0x42, 0x89, 0xFF):
        yield f"one byte {byte}", bytes([byte])
    magics = {"jpeg": b"\xff\xd8\xff", "png": PNG_MAGIC, "webp": b"RIFF\0\0\0\0WEBP", "bmp": b"BM"}
    for kind, magic in magics.items():
        yield f"{kind} magic", magic
        for filling in (b"\0", b"\xff", b"\xff\xd9"):
            yield f"{kind} magic and {filling.hex()}", magic + filling * 5000
    for filling in (b"\0", b"\xff"):
        yield f"10 MiB of {filling.hex()}", filling * (10 * MEBIBYTE)
    yield "more than 10 MiB", b"\xff\xd8\xff" + bytes(10 * MEBIBYTE)


def _sizes() -> Iterator[tuple[str, bytes]]:
    jpeg, lossless = (sound_files()[name] for name in ("jpeg baseline", "webp lossless"))
    frame = jpeg.index(b"\xff\xc0") + 5
    for width in _SIZES:
        for height in {1, width}:
            name = f"{width} x {height}"
            yield f"png of {name}", png(width, height, 8, RGB, zlib.compress(bytes(99)))
            side = struct.pack(">HH", height & 0xFFFF, width & 0xFFFF)
            yield f"jpeg of {name}", jpeg[:frame] + side + jpeg[frame + 4 :]
            across, down = struct.unpack("<ii", struct.pack("<II", width, height))
            yield f"bmp of {name}", bmp(across, down, 24, 0, bytes(300))
            yield f"bmp in runs of {name}", bmp(across, down, 8, 1, b"\xff\1\0\1")
            extended = b"VP8X\x0a\0\0\0" + bytes(4) + _three(width) + _three(height) + lossless[12:]
            yield f"webp of {name}", _riff(extended)


def _three(number: int) -> bytes:
    return struct.pack("<I", max(number - 1, 0))[:3]


def _riff(chunks: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def _lies_of_png() -> Iterator[tuple[str, bytes]]:
    for kind in ("png 2 of 8 bits", "png 3 of 4 bits, interlaced", "png animated"):
        data = sound_files()[kind]
        for at in _chunks_of_png(data):
            name = f"{kind}, {data[at + 4 : at + 8].decode()} at {at}"
            length = struct.unpack_from(">I", data, at)[0]
            for lie in _LENGTHS:
                yield f"{name} of {lie}", data[:at] + struct.pack(">I", lie) + data[at + 4 :]
            end = at + 12 + length
            yield f"{name} of a false sum", data[: end - 4] + b"\0\1\2\3" + data[end:]
            yield f"{name} twice", data[:end] + data[at:]
            yield f"{name} left out", data[:at] + data[end:]


def _chunks_of_png(data: bytes) -> Iterator[int]:
    at = len(PNG_MAGIC)
    while at < len(data):
        yield at
        at += 12 + struct.unpack_from(">I", data, at)[0]


def _lies_of_jpeg() -> Iterator[tuple[str, bytes]]:
    for kind in ("jpeg baseline", "jpeg progressive", "jpeg cmyk"):
        data = sound_files()[kind]
        for marker in _MARKERS:
            at = data.find(marker) + 2
            for lie in (0, 1, 2, 3, 2**15, 2**16 - 1):
                name = f"{kind}, {marker.hex()} of {lie}"
                yield name, data[:at] + struct.pack(">H", lie) + data[at + 2 :]
        frame = max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))
        for precision in (0, 12, 16, 255):
            name = f"{kind} of {precision} bits"
            yield name, data[: frame + 4] + bytes([precision]) + data[frame + 5 :]
        for components in (0, 2, 5, 255):
            name = f"{kind} of {components} components"
            yield name, data[: frame + 9] + bytes([components]) + data[frame + 10 :]
        for process in (0xC1, 0xC3, 0xC5, 0xC9, 0xCB, 0xCF):
            name = f"{kind} as {process:x}"
            yield name, data[: frame + 1] + bytes([process]) + data[frame + 2 :]


def _lies_of_webp() -> Iterator[tuple[str, bytes]]:
    for kind in ("webp lossy", "webp lossless", "webp extended", "webp animated"):
        data = sound_files()[kind]
        for at in (4, *_chunks_of_webp(data)):
            for lie in _LENGTHS:
                name = f"{kind}, {lie} at {at}"
                yield name, data[:at] + struct.pack("<I", lie) + data[at + 4 :]
        parts = [slice(start - 4, end - 4) for start, end in pairwise(_chunks_of_webp(data))]
        for number, part in enumerate(parts):
            yield f"{kind} with part {number} twice", _riff(data[12:] + data[part])
            yield f"{kind} without part {number}", _riff(data[12 : part.start] + data[part.stop :])


def _chunks_of_webp(data: bytes) -> Iterator[int]:
    """Yield where the length of each chunk stands, and where one more would."""
    at = 16
    while at < len(data):
        yield at
        length = struct.unpack_from("<I", data, at)[0]
        at += 8 + length + length % 2
    yield at


def _polyglots() -> Iterator[tuple[str, bytes]]:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        # By its name alone a file would be of the second at which it is added.
        archive.writestr(zipfile.ZipInfo("face.jpg"), sound_files()["jpeg baseline"])
    page = b"<html><script>alert(1)</script></html>"
    tails = {"zip": buffer.getvalue(), "html": page, "pdf": b"%PDF-1.7\n1 0 obj<<>>endobj"}
    for kind in ("jpeg baseline", "png 2 of 8 bits", "webp lossy", "bmp of 24 bits"):
        data = sound_files()[kind]
        for name, tail in tails.items():
            yield f"{kind}, then {name}", data + tail
            yield f"{name}, then {kind}", tail + data
    for kind in ("GIF", "TIFF", "ICO", "PPM", "TGA", "PCX", "PDF", "JPEG2000", "EPS", "SGI"):
        # A PDF would hold the second at which it was made.
        yield kind.lower(), encoded(drawing(), kind, creationDate=None, modDate=None)
    for brand in (b"heic", b"avif", b"mif1", b"qt  "):
        yield brand.decode(), b"\0\0\0\x1cftyp" + brand + bytes(2000)
    heads = {
        "psd": b"8BPS\0\1" + bytes(6) + b"\0\3",
        "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "svg of an entity": b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><svg>&a;</svg>",
        "url": b"http://127.0.0.1/photo.jpg",
        "path": b"../../../../etc/passwd",
        "pickle": b"\x80\x04\x95",
        "mvg": b"push graphic-context",
        "wave": b"RIFF\x24\0\0\0WAVEfmt ",
    }
    for name, head in heads.items():
        yield name, head + bytes(300)
