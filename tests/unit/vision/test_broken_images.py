"""What is refused, and with which error."""

import struct
import zlib

import pytest
from PIL import Image

from deployments.errors import ImageTooLarge, UndecodableImage, UnsupportedMediaType
from tests.unit.vision.photographs import decoded, encoded, filled, portrait

MAX_PIXELS = 1_000_000

PORTRAIT = Image.fromarray(portrait()[..., ::-1])
JPEG = encoded(PORTRAIT, "JPEG", quality=90)
PROGRESSIVE = encoded(PORTRAIT, "JPEG", progressive=True)
PNG = encoded(PORTRAIT, "PNG")
WEBP = encoded(PORTRAIT, "WEBP")
LOSSLESS = encoded(PORTRAIT, "WEBP", lossless=True)
BMP = encoded(PORTRAIT, "BMP")
END_OF_JPEG = b"\xff\xd9"


def animated(kind: str) -> bytes:
    """Return two frames."""
    return encoded(filled("RGB", "red"), kind, save_all=True, append_images=[filled("RGB", "lime")])


def png_header(width: int, height: int) -> bytes:
    """Return a few bytes that promise a picture of any size."""
    content = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + content
    return head + struct.pack(">I", zlib.crc32(content)) + PNG[33:60]


def bmp_header(width: int, height: int) -> bytes:
    """Return a BMP that promises a picture of any size."""
    return BMP[:18] + struct.pack("<ii", width, height) + BMP[26:80]


def jpeg_header(width: int, height: int) -> bytes:
    """Return a JPEG whose frame header promises a picture of any size."""
    at = JPEG.index(b"\xff\xc0") + 5
    return JPEG[:at] + struct.pack(">HH", height, width) + JPEG[at + 4 :]


def webp_header(form: bytes, content: bytes) -> bytes:
    """Return a WebP of one chunk."""
    chunk = form + struct.pack("<I", len(content)) + content
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\0", id="zero byte"),
        pytest.param(b"I am a face, said the text named .jpg", id="text"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", id="svg"),
        pytest.param(encoded(filled("RGB", "red"), "GIF"), id="gif"),
        pytest.param(encoded(filled("RGB", "red"), "TIFF"), id="tiff"),
        pytest.param(animated("GIF"), id="animated gif"),
        pytest.param(animated("PNG"), id="animated png"),
        pytest.param(animated("WEBP"), id="animated webp"),
    ],
)
def test_what_is_no_single_picture_of_four_formats_is_unsupported(data: bytes) -> None:
    """The type is decided by the bytes, and a moving picture shows nobody in particular."""
    with pytest.raises(UnsupportedMediaType):
        decoded(data, max_pixels=MAX_PIXELS)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(JPEG[:3], id="only the magic of jpeg"),
        pytest.param(JPEG[: len(JPEG) // 2], id="half a jpeg"),
        pytest.param(JPEG[: len(JPEG) // 2] + END_OF_JPEG, id="half a jpeg, closed"),
        pytest.param(JPEG[:-500] + END_OF_JPEG, id="most of a jpeg, closed"),
        pytest.param(JPEG[:-50], id="jpeg without its last bytes"),
        pytest.param(PROGRESSIVE[: len(PROGRESSIVE) // 2], id="half a progressive jpeg"),
        pytest.param(PROGRESSIVE[:1500] + END_OF_JPEG, id="a first scan cut short, closed"),
        pytest.param(PNG[:8], id="only the magic of png"),
        pytest.param(PNG[: len(PNG) // 2], id="half a png"),
        pytest.param(PNG[:-500], id="png without its last bytes"),
        pytest.param(WEBP[:12], id="only the magic of webp"),
        pytest.param(WEBP[:25], id="webp that ends in its header"),
        pytest.param(WEBP[: len(WEBP) // 2], id="half a webp"),
        pytest.param(LOSSLESS[: len(LOSSLESS) // 2], id="half a lossless webp"),
        pytest.param(LOSSLESS[:22], id="lossless webp that ends in its header"),
        pytest.param(webp_header(b"ALPH", b"nothing more"), id="webp without a picture"),
        pytest.param(BMP[:2], id="only the magic of bmp"),
        pytest.param(BMP[: len(BMP) // 2], id="half a bmp"),
        pytest.param(png_header(100, 100), id="png that holds less than it says"),
        pytest.param(jpeg_header(0, 0), id="jpeg of no size"),
        pytest.param(bmp_header(0, 0), id="bmp of no size"),
    ],
)
def test_a_damaged_file_is_refused_never_half_shown(data: bytes) -> None:
    """What ends early is undecodable, also where a decoder would fill the rest with grey."""
    with pytest.raises(UndecodableImage):
        decoded(data, max_pixels=MAX_PIXELS)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(png_header(50_000, 50_000), id="png"),
        pytest.param(jpeg_header(60_000, 60_000), id="jpeg"),
        pytest.param(bmp_header(100_000, 100_000), id="bmp"),
        pytest.param(
            webp_header(b"VP8X", bytes(4) + b"\xff\xff\xff" * 2), id="webp of 16777216 squared"
        ),
        pytest.param(webp_header(b"VP8L", b"\x2f" + b"\xff\xff\xff\x0f"), id="lossless webp"),
        pytest.param(
            webp_header(b"VP8 ", bytes(3) + b"\x9d\x01\x2a" + b"\xff\x3f" * 2), id="lossy webp"
        ),
        pytest.param(encoded(filled("RGB", "red", (1001, 1000)), "PNG"), id="a little too large"),
    ],
)
def test_a_bomb_is_told_from_its_header(data: bytes) -> None:
    """Too many pixels are refused before any is decoded, at the cost of a few bytes."""
    with pytest.raises(ImageTooLarge, match="at most 1000000"):
        decoded(data, max_pixels=MAX_PIXELS)
