"""Sound pictures whose EXIF, colour profile or thumbnail is not."""

import random
import struct
from collections.abc import Iterator

from tests.hostile.drawn import HEIGHT, WIDTH, chunk, sound_files

_ORIENTATION, _THUMBNAIL_AT, _THUMBNAIL_LENGTH = 0x0112, 0x0201, 0x0202
_EXIF_IFD, _MAKER_NOTE = 0x8769, 0x927C
_LONGEST_SEGMENT = 65_533

Entry = tuple[int, int, int, int]  # Tag, type, count, value or offset.


def metadata_files() -> Iterator[tuple[str, bytes]]:
    """Yield each piece of metadata in a JPEG, a PNG and a WebP, the same each time."""
    for name, content in _exifs():
        yield f"jpeg, exif {name}", _in_jpeg(b"\xff\xe1", b"Exif\0\0" + content)
        yield f"png, exif {name}", _in_png(b"eXIf", content)
        yield f"webp, exif {name}", _in_webp(b"EXIF", content)
    for name, content in _profiles():
        yield f"jpeg, profile {name}", _in_jpeg(b"\xff\xe2", b"ICC_PROFILE\0\1\1" + content)
        yield f"png, profile {name}", _in_png(b"iCCP", b"p\0\0" + content)
        yield f"webp, profile {name}", _in_webp(b"ICCP", content)
    for count in (0, 2, 255):
        part = b"ICC_PROFILE\0" + bytes([255, count]) + bytes(99)
        yield f"jpeg, profile of {count} parts", _in_jpeg(b"\xff\xe2", part)
    yield "jpeg of a phone without its second picture", sound_files()["jpeg of a phone"][:2500]
    yield "jpeg, xmp", _in_jpeg(b"\xff\xe1", b"http://ns.adobe.com/xap/1.0/\0" + _xmp())
    yield "jpeg, photoshop", _in_jpeg(b"\xff\xed", b"Photoshop 3.0\x008BIM\x04\x04\0\0\xff\xff")


def _exifs() -> Iterator[tuple[str, bytes]]:
    for value in (0, 9, 255, 65535):
        yield f"orientation {value}", _tiff([(_ORIENTATION, 3, 1, value)])
    for kind in range(14):
        yield f"orientation of type {kind}", _tiff([(_ORIENTATION, kind, 1, 6)])
        yield f"orientations of type {kind}", _tiff([(_ORIENTATION, kind, 2**32 - 1, 6)])
    yield "loop", _tiff([(_ORIENTATION, 3, 1, 6)], following=8)
    yield "loop below", _tiff([(_EXIF_IFD, 4, 1, 8), (_MAKER_NOTE, 7, 2**31, 8)])
    yield "beyond the end", _tiff([(_EXIF_IFD, 4, 1, 2**32 - 1)], following=2**32 - 1)
    yield "many entries", b"II*\0\x08\0\0\0\xff\xff" + bytes(200)
    yield "many sound entries", _tiff([(tag, 3, 1, tag) for tag in range(5000)])
    yield "thumbnail", _thumbnail(sound_files()["jpeg baseline"])
    nested = sound_files()["jpeg grey"]
    for depth in range(8):
        nested = _in_jpeg(b"\xff\xe1", b"Exif\0\0" + _thumbnail(nested), nested)
        yield f"thumbnails {depth} deep", _thumbnail(nested)
    chance = random.Random(7)  # noqa: S311 - repeatable, not secret
    for number in range(12):
        junk = chance.randbytes(chance.choice((1, 8, 500)))
        yield f"junk {number}", junk
        yield f"junk {number} behind a head", b"MM\0*\0\0\0\x08" + junk


def _profiles() -> Iterator[tuple[str, bytes]]:
    chance = random.Random(8)  # noqa: S311 - repeatable, not secret
    yield "of nothing", b""
    yield "of zeros", bytes(128)
    yield "of a false length", struct.pack(">I", 2**32 - 1) + b"lcms" + bytes(120)
    yield "of many tags", struct.pack(">I", 200) + bytes(124) + b"\xff\xff\xff\xff" + bytes(60)
    for number in range(6):
        yield f"of junk {number}", chance.randbytes(700)


def _tiff(entries: list[Entry], following: int = 0) -> bytes:
    """Return little-endian TIFF of one directory, and where the following one is said to be."""
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    directory = struct.pack("<H", len(entries)) + packed + struct.pack("<I", following)
    return b"II*\0\x08\0\0\0" + directory


def _thumbnail(data: bytes) -> bytes:
    at = 8 + 2 + 24 + 4
    return _tiff([(_THUMBNAIL_AT, 4, 1, at), (_THUMBNAIL_LENGTH, 4, 1, len(data))]) + data


def _in_jpeg(marker: bytes, content: bytes, data: bytes | None = None) -> bytes:
    data, content = data or sound_files()["jpeg baseline"], content[:_LONGEST_SEGMENT]
    return data[:2] + marker + struct.pack(">H", len(content) + 2) + content + data[2:]


def _in_png(name: bytes, content: bytes) -> bytes:
    data = sound_files()["png 2 of 8 bits"]
    return data[:33] + chunk(name, content) + data[33:]


def _in_webp(name: bytes, content: bytes) -> bytes:
    """Return an extended WebP that says it has all there is, and this."""
    picture = sound_files()["webp lossless"][12:]
    size = struct.pack("<I", WIDTH - 1)[:3] + struct.pack("<I", HEIGHT - 1)[:3]
    extended = b"VP8X\x0a\0\0\0\x2c\0\0\0" + size + picture
    chunks = (
        extended + name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
    )
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def _xmp() -> bytes:
    entities = b"".join(b"<!ENTITY a%d '%s'>" % (n + 1, b"&a%d;" % n * 9) for n in range(9))
    return b"<!DOCTYPE x [<!ENTITY a0 'a'>" + entities + b"]><x:xmpmeta>&a9;</x:xmpmeta>"
