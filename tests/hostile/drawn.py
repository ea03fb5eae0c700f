"""Sound files of every kind that is read, small, drawn from arithmetic: nobody is on them.

Pillow writes those it can; the others are put together here, after the PNG specification and the
BITMAPINFOHEADER of BMP.
"""

import struct
import zlib
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 96, 64

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
_CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
_DEPTHS = {
    GREY: (1, 2, 4, 8, 16),
    RGB: (8, 16),
    PALETTE: (1, 2, 4, 8),
    GREY_ALPHA: (8, 16),
    RGBA: (8, 16),
}
# Where each pass of an interlaced PNG begins and how far it steps: x, y, dx, dy.
_PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)


def drawing() -> Image.Image:
    """Return a gradient under noise, (64, 96) RGB; the same at each call."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    gradient = np.stack([rows * 3, columns * 2, rows + columns], axis=-1)
    noise = np.random.default_rng(3).integers(0, 40, gradient.shape)
    return Image.fromarray((gradient + noise).astype(np.uint8))


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Encode with Pillow."""
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    """Return one chunk of a PNG, with its checksum."""
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def png(
    width: int, height: int, depth: int, colour: int, content: bytes, *, interlaced: bool = False
) -> bytes:
    """Return a PNG of any header around compressed content."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    palette = chunk(b"PLTE", bytes(range(256)) * 3) if colour == PALETTE and depth == 8 else b""
    if colour == PALETTE and not palette:
        palette = chunk(b"PLTE", bytes(range(3 << depth)))
    return (
        PNG_MAGIC + chunk(b"IHDR", header) + palette + chunk(b"IDAT", content) + chunk(b"IEND", b"")
    )


def _scanlines(width: int, height: int, bits: int) -> bytes:
    """Return unfiltered rows of noise, each behind its filter byte."""
    row = (width * bits + 7) // 8
    noise = np.random.default_rng(width * bits).integers(0, 256, (height, row), np.uint8)
    return np.pad(noise, ((0, 0), (1, 0))).tobytes()


def _drawn_png(depth: int, colour: int, *, interlaced: bool) -> bytes:
    bits = depth * _CHANNELS[colour]
    passes = _PASSES if interlaced else ((0, 0, 1, 1),)
    rows = b"".join(
        _scanlines(-(-(WIDTH - x) // dx), -(-(HEIGHT - y) // dy), bits) for x, y, dx, dy in passes
    )
    return png(WIDTH, HEIGHT, depth, colour, zlib.compress(rows), interlaced=interlaced)


def bmp(width: int, height: int, bits: int, compression: int, rows: bytes) -> bytes:
    """Return a BMP of any header around rows."""
    colours = b"".join(bytes([grey, grey, 255 - grey, 0]) for grey in range(256))
    palette = colours[: 4 << bits] if bits <= 8 else b""
    start = 54 + len(palette)
    head = struct.pack("<2sIHHI", b"BM", start + len(rows), 0, 0, start)
    info = struct.pack(
        "<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(rows), 0, 0, 0, 0
    )
    return head + info + palette + rows


def _drawn_bmp(bits: int) -> bytes:
    stride = -(-WIDTH * bits // 32) * 4
    noise = np.random.default_rng(bits).integers(0, 256, HEIGHT * stride, np.uint8)
    return bmp(WIDTH, HEIGHT, bits, 0, noise.tobytes())


def _run_lengths(bits: int) -> bytes:
    """Return a BMP of runs: each row one run of a colour, then the mark of a row's end."""
    rows = b"".join(bytes([WIDTH, row * 3 % 256, 0, 0]) for row in range(HEIGHT))
    return bmp(WIDTH, HEIGHT, bits, {8: 1, 4: 2}[bits], rows + b"\0\1")


def _jpegs() -> Iterator[tuple[str, bytes]]:
    image = drawing()
    yield "baseline", encoded(image, "JPEG", quality=85)
    yield "full chroma", encoded(image, "JPEG", quality=95, subsampling=0)
    yield "progressive", encoded(image, "JPEG", progressive=True)
    yield "grey", encoded(image.convert("L"), "JPEG")
    yield "progressive grey", encoded(image.convert("L"), "JPEG", progressive=True)
    yield "cmyk", encoded(image.convert("CMYK"), "JPEG")
    yield "restarts", encoded(image, "JPEG", restart_marker_rows=1)
    yield "profile", encoded(image, "JPEG", icc_profile=bytes(range(256)) * 300)
    metadata = Image.Exif()
    metadata[0x0112] = 6
    yield "turned", encoded(image, "JPEG", exif=metadata, comment=b"drawn")
    yield "of a phone", encoded(image, "MPO", save_all=True, append_images=[image])


def _webps() -> Iterator[tuple[str, bytes]]:
    image = drawing()
    clear = image.convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(image.size))
    yield "lossy", encoded(image, "WEBP", quality=80)
    yield "lossless", encoded(image, "WEBP", lossless=True)
    yield "transparent", encoded(clear, "WEBP")
    yield "extended", encoded(clear, "WEBP", exif=Image.Exif(), icc_profile=b"no profile")
    yield "animated", encoded(image, "WEBP", save_all=True, append_images=[image.rotate(180)])


@cache
def sound_files() -> dict[str, bytes]:
    """Return about fifty files by the name of their kind."""
    files = {f"jpeg {name}": data for name, data in _jpegs()}
    for colour, depths in _DEPTHS.items():
        for depth in depths:
            name = f"png {colour} of {depth} bits"
            files[name] = _drawn_png(depth, colour, interlaced=False)
            files[f"{name}, interlaced"] = _drawn_png(depth, colour, interlaced=True)
    image = drawing()
    files["png animated"] = encoded(image, "PNG", save_all=True, append_images=[image.rotate(180)])
    files |= {f"webp {name}": data for name, data in _webps()}
    files |= {f"bmp of {bits} bits": _drawn_bmp(bits) for bits in (1, 4, 8, 16, 24, 32)}
    return files | {f"bmp of {bits} bits, in runs": _run_lengths(bits) for bits in (4, 8)}
