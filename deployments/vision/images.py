"""Encoded photos to upright pixels; the last place where untrusted bytes are bytes.

JPEG, PNG, WebP and BMP are read, told by their first bytes. What surprises:

- All of this runs in a process of its own (decoding.py), never where the networks are.
- A JPEG far larger than anybody will look at is decoded at a half, a quarter or an eighth of its
  size, which libjpeg does while it decodes: 43 ms for 3000 x 2077 px whole, 11 ms at a quarter.
  It is decoded again, larger, only where a face needs more pixels (pictures.py).
- The blocks that are made one pixel begin at the corner stored first. They must begin at the corner
  shown first, so one that is stored turned or mirrored is reduced only into whole blocks.
- An animated PNG or WebP is refused: which of its pictures would be the person?
- Anything transparent is laid on white. 16 bits a channel are scaled to 8, not clipped.
- A file that ends early is refused, also where the decoder would fill the rest with grey.
- A JPEG of many scans is refused, for each of them costs a pass over the picture (scans.py).
"""

import struct
import warnings
from io import BytesIO
from typing import Final

import cv2
import numpy as np
from PIL import Image

from deployments.errors import (
    FacegraphError,
    ImageTooLarge,
    UndecodableImage,
    UnsupportedMediaType,
)
from deployments.vision.orientation import UPRIGHT, is_sideways, orientation_of, turned
from deployments.vision.pictures import REDUCTIONS, Decoded, Pixels
from deployments.vision.scans import admit_scans

# The limit is ours and is checked before a pixel is decoded; Pillow's own would only warn.
Image.MAX_IMAGE_PIXELS = None
# A damaged upload is the caller's affair and is answered, not printed to the replica's stderr.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

_JPEG_GREY = 128
_JPEG_END = b"\xff\xd9"
_FLAGS: Final = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}
_AS_STORED: Final = cv2.IMREAD_IGNORE_ORIENTATION


def decode(data: bytes, side: int | None, *, max_pixels: int) -> Decoded:
    """Decode a photo, a JPEG no larger than its longer side needs to be to reach `side` pixels.

    Without a side it is decoded whole.
    Raises UnsupportedMediaType, ImageTooLarge (told from the header, before a pixel is decoded)
    or UndecodableImage, and nothing else, whatever the bytes.
    """
    kind = _kind(data)
    try:
        # What Pillow warns of is a file it reads all the same.
        with warnings.catch_warnings(action="ignore"):
            return _decode(data, kind, max_pixels, side)
    except FacegraphError:
        raise
    except Exception:  # noqa: BLE001 - decoders fail on crafted bytes in ways no list can hold
        raise _undecodable() from None


def _kind(data: bytes) -> str:
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data.startswith(b"BM"):
        return "BMP"
    raise UnsupportedMediaType("The image is neither JPEG nor PNG nor WebP nor BMP.")


def _decode(data: bytes, kind: str, max_pixels: int, side: int | None) -> Decoded:
    if kind == "WEBP":
        # Pillow sets up a canvas of the stated size as soon as it opens one of these.
        _admit(_webp_canvas(data), max_pixels)
    if kind == "JPEG":
        admit_scans(data)
    with Image.open(BytesIO(data), formats=[kind]) as image:
        _admit(image.size, max_pixels)
        if kind != "JPEG" and getattr(image, "is_animated", False):
            raise UnsupportedMediaType("Animated images are not read: send a single picture.")
        if kind == "JPEG" and image.mode in {"RGB", "L"}:
            return _decode_jpeg(data, image.size, orientation_of(image), side)
        return _decode_with_pillow(image)


def _admit(size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width * height > max_pixels:
        raise ImageTooLarge(
            f"The image has {width} x {height} pixels; at most {max_pixels} are read."
        )


def _webp_canvas(data: bytes) -> tuple[int, int]:
    """Read width and height from the first chunk, as RFC 9649 lays it out."""
    form = data[12:16]
    if form == b"VP8X":
        width, width_high, height, height_high = struct.unpack_from("<HBHB", data, 24)
        return (width_high << 16 | width) + 1, (height_high << 16 | height) + 1
    if form == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if form == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise _undecodable()


def _decode_jpeg(data: bytes, size: tuple[int, int], orientation: int, side: int | None) -> Decoded:
    """Decode an ordinary JPEG with OpenCV, which is faster than Pillow."""
    reduction = _reduction(size, orientation, side) if side else 1
    pixels = _whole_scan(data, reduction)
    # A block cut off by the edge has become a pixel too, which would stand for less than others.
    width, height = (max(1, length // reduction) for length in size)
    shown = size[::-1] if is_sideways(orientation) else size
    return Decoded(turned(pixels[:height, :width], orientation), reduction, shown)


def _reduction(size: tuple[int, int], orientation: int, side: int) -> int:
    """Return the largest reduction that leaves the longer side `side` pixels."""
    upright = orientation == UPRIGHT
    possible = (
        each
        for each in REDUCTIONS
        if max(size) >= side * each and (upright or not any(length % each for length in size))
    )
    return max(possible, default=1)


def _whole_scan(data: bytes, reduction: int) -> Pixels:
    """Return pixels as stored; raises UndecodableImage where some were made up."""
    pixels = _imdecode(data, reduction)
    if _ends_in_grey(pixels) and not np.array_equal(
        pixels, _imdecode(_with_more_scan_data(data), reduction)
    ):
        raise _undecodable()
    return pixels


def _imdecode(data: bytes, reduction: int) -> Pixels:
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), _FLAGS[reduction] | _AS_STORED)
    if pixels is None:
        raise _undecodable()
    return pixels.astype(np.uint8, copy=False)


def _ends_in_grey(image: Pixels) -> bool:
    """Tell whether the corner coded last is what libjpeg puts for missing data."""
    return bool((image[-1, -1] == _JPEG_GREY).all())


def _with_more_scan_data(data: bytes) -> bytes:
    """Lengthen the last scan: it alters a picture cut short and closed, not a complete one."""
    end = data.rfind(_JPEG_END)
    return data[:end] + b"\x55" * 64 + data[end:]


def _decode_with_pillow(image: Image.Image) -> Decoded:
    image.load()
    if image.mode.startswith("I"):
        rgb = Image.fromarray((np.asarray(image) // 257).astype(np.uint8)).convert("RGB")
    elif image.has_transparency_data:
        rgb = _on_white(image.convert("RGBA"))
    else:
        rgb = image.convert("RGB")
    bgr = cv2.cvtColor(np.asarray(rgb), cv2.COLOR_RGB2BGR).astype(np.uint8, copy=False)
    pixels = turned(bgr, orientation_of(image))
    return Decoded(pixels, 1, (pixels.shape[1], pixels.shape[0]))


def _on_white(image: Image.Image) -> Image.Image:
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _undecodable() -> UndecodableImage:
    return UndecodableImage("The image is damaged or incomplete.")
