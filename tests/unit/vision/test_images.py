"""Bytes to upright pixels: every variant of the formats that are read."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from tests.unit.vision.photographs import as_stored, decoded, encoded, exif, filled, jpeg, portrait

MAX_PIXELS = 1_000_000
RED, GREEN, BLUE, WHITE = (0, 0, 255), (0, 255, 0), (255, 0, 0), (255, 255, 255)

PORTRAIT = Image.fromarray(portrait()[..., ::-1])
PNG = encoded(PORTRAIT, "PNG")


def quadrants() -> Image.Image:
    """Return 64 x 32 pixels: red, green over blue, white; lossy formats keep them apart."""
    image = Image.new("RGB", (64, 32), "red")
    image.paste("lime", (32, 0, 64, 16))
    image.paste("blue", (0, 16, 32, 32))
    image.paste("white", (32, 16, 64, 32))
    return image


def with_chunk(png: bytes, name: bytes, content: bytes) -> bytes:
    """Put a chunk behind the header of a PNG."""
    checksum = struct.pack(">I", zlib.crc32(name + content))
    return png[:33] + struct.pack(">I", len(content)) + name + content + checksum + png[33:]


def sixteen_bit(level: int) -> bytes:
    """Return a grey PNG of 16 bits a pixel."""
    return encoded(Image.fromarray(np.full((16, 16), level, np.uint16)), "PNG")


def top_down_bmp() -> bytes:
    """Return a BMP whose negative height says that the first row is on top."""
    rows = bytes([*BLUE, *BLUE, 0, 0, *RED, *RED, 0, 0])
    header = struct.pack("<2sIHHI", b"BM", 54 + len(rows), 0, 0, 54)
    return header + struct.pack("<IiiHHIIiiII", 40, 2, -2, 1, 24, 0, len(rows), 0, 0, 0, 0) + rows


@pytest.mark.parametrize(
    ("data", "colour"),
    [
        pytest.param(encoded(filled("RGB", "red"), "JPEG", quality=100), RED, id="jpeg"),
        pytest.param(
            encoded(filled("RGB", "red"), "JPEG", quality=100, progressive=True),
            RED,
            id="progressive jpeg",
        ),
        pytest.param(encoded(filled("L", 77), "JPEG"), (77, 77, 77), id="grey jpeg"),
        pytest.param(
            encoded(filled("CMYK", (0, 255, 255, 0)), "JPEG", quality=100), RED, id="CMYK jpeg"
        ),
        pytest.param(encoded(filled("RGB", (128,) * 3), "JPEG"), (128,) * 3, id="middle grey jpeg"),
        pytest.param(
            encoded(filled("RGB", "red"), "MPO", save_all=True, append_images=[PORTRAIT]),
            RED,
            id="phone jpeg with a second picture",
        ),
        pytest.param(encoded(filled("RGB", "red"), "PNG"), RED, id="png"),
        pytest.param(encoded(filled("L", 77), "PNG"), (77, 77, 77), id="grey png"),
        pytest.param(encoded(filled("1", 1), "PNG"), WHITE, id="one bit png"),
        pytest.param(encoded(filled("RGB", "lime").quantize(4), "PNG"), GREEN, id="palette png"),
        pytest.param(
            encoded(filled("RGB", "lime").quantize(4), "PNG", transparency=0),
            WHITE,
            id="transparent palette png",
        ),
        pytest.param(encoded(filled("RGBA", (0, 0, 0, 0)), "PNG"), WHITE, id="transparent png"),
        pytest.param(
            encoded(filled("RGBA", (255, 0, 0, 255)), "PNG"), RED, id="opaque png with alpha"
        ),
        pytest.param(encoded(filled("LA", (0, 128)), "PNG"), (127,) * 3, id="grey alpha png"),
        pytest.param(sixteen_bit(65535), WHITE, id="16 bit white png"),
        pytest.param(sixteen_bit(257 * 100), (100,) * 3, id="16 bit grey png"),
        pytest.param(encoded(filled("RGB", "red"), "WEBP", lossless=True), RED, id="webp"),
        pytest.param(
            encoded(filled("RGBA", (0, 0, 0, 0)), "WEBP", lossless=True),
            WHITE,
            id="transparent webp",
        ),
        pytest.param(encoded(filled("RGB", "red"), "BMP"), RED, id="bmp"),
        pytest.param(encoded(filled("RGB", "lime").quantize(4), "BMP"), GREEN, id="palette bmp"),
        pytest.param(encoded(filled("1", 0), "BMP"), (0, 0, 0), id="one bit bmp"),
        pytest.param(encoded(filled("L", 77), "BMP"), (77, 77, 77), id="grey bmp"),
    ],
)
def test_every_variant_becomes_three_channels_of_its_colour(
    data: bytes, colour: tuple[int, int, int]
) -> None:
    """Whatever the mode, depth or transparency, pixels come out as 8-bit BGR, laid on white."""
    image = decoded(data, max_pixels=MAX_PIXELS)
    assert image.shape == (16, 16, 3)
    assert image.dtype == np.uint8
    assert np.abs(image.astype(int) - colour).max() <= 3


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("kind", "options"), [("JPEG", {"quality": 95}), ("PNG", {}), ("WEBP", {"quality": 95})]
)
def test_the_picture_is_upright_however_the_camera_was_held(
    kind: str, options: dict[str, int], orientation: int
) -> None:
    """EXIF orientation is applied in every format that carries it."""
    data = encoded(as_stored(quadrants(), orientation), kind, exif=exif(orientation), **options)
    image = decoded(data, max_pixels=MAX_PIXELS).astype(int)
    assert image.shape == (32, 64, 3)
    corners = image[[4, 4, -4, -4], [4, -4, 4, -4]]
    assert np.abs(corners - [RED, GREEN, BLUE, WHITE]).max() <= 60


def test_a_bmp_may_begin_with_its_top_row() -> None:
    """A negative height turns a BMP upside down, and back."""
    image = decoded(top_down_bmp(), max_pixels=MAX_PIXELS)
    assert image[:, 0].tolist() == [list(BLUE), list(RED)]


@pytest.mark.parametrize("content", [b"junk", b"II*\0\xff\xff\xff\xff"])
def test_metadata_nobody_can_read_costs_no_picture(content: bytes) -> None:
    """Broken EXIF is ignored: the pixels are good."""
    data = with_chunk(PNG, b"eXIf", content)
    assert decoded(data, max_pixels=MAX_PIXELS).shape == (512, 512, 3)


def test_the_largest_picture_allowed_is_read() -> None:
    """The limit itself is within the limit."""
    image = decoded(encoded(filled("RGB", "red", (1000, 1000)), "PNG"), max_pixels=MAX_PIXELS)
    assert image.shape == (1000, 1000, 3)


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_a_photo_padded_with_the_decoders_grey_is_whole(options: dict[str, bool]) -> None:
    """A grey border is no damage: only data that would change with more data is."""
    padded = np.pad(portrait(), ((0, 64), (0, 0), (0, 0)), constant_values=128)
    data = encoded(Image.fromarray(padded), "JPEG", **options)
    assert decoded(data, max_pixels=MAX_PIXELS).shape == (576, 512, 3)


def test_the_fast_path_shows_what_the_slow_path_shows() -> None:
    """OpenCV and Pillow decode an ordinary JPEG to nearly the same pixels."""
    data = jpeg(portrait())
    slow = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))[..., ::-1].astype(int)
    fast = decoded(data, max_pixels=MAX_PIXELS)
    assert np.abs(fast - slow).mean() < 0.5
