"""Bytes to upright pixels: what is read, what is refused, and that nothing else ever happens."""

import io
import random
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from deployments.errors import (
    FacegraphError,
    ImageTooLarge,
    UndecodableImage,
    UnsupportedMediaType,
)
from deployments.vision.images import decode
from tests.unit.vision.photographs import encoded, jpeg, portrait

MAX_PIXELS = 1_000_000
ORIENTATION = 0x0112
RED, GREEN, BLUE, WHITE = (0, 0, 255), (0, 255, 0), (255, 0, 0), (255, 255, 255)

PORTRAIT = Image.fromarray(portrait()[..., ::-1])
JPEG = encoded(PORTRAIT, "JPEG", quality=90)
PROGRESSIVE = encoded(PORTRAIT, "JPEG", progressive=True)
PNG = encoded(PORTRAIT, "PNG")
WEBP = encoded(PORTRAIT, "WEBP")
LOSSLESS = encoded(PORTRAIT, "WEBP", lossless=True)
BMP = encoded(PORTRAIT, "BMP")
END_OF_JPEG = b"\xff\xd9"


def filled(mode: str, colour: object, size: tuple[int, int] = (16, 16)) -> Image.Image:
    """Return a picture of one colour."""
    return Image.new(mode, size, colour)  # type: ignore[arg-type]


def quadrants() -> Image.Image:
    """Return 64 x 32 pixels: red, green over blue, white; lossy formats keep them apart."""
    image = Image.new("RGB", (64, 32), "red")
    image.paste("lime", (32, 0, 64, 16))
    image.paste("blue", (0, 16, 32, 32))
    image.paste("white", (32, 16, 64, 32))
    return image


def stored_as(orientation: int) -> Image.Image:
    """Return the quadrants as a camera held that way stores them."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = quadrants()
    return image.transpose(undo[orientation]) if orientation in undo else image


def exif(orientation: int) -> Image.Exif:
    """Return metadata that says how the camera was held."""
    metadata = Image.Exif()
    metadata[ORIENTATION] = orientation
    return metadata


def with_chunk(png: bytes, name: bytes, content: bytes) -> bytes:
    """Put a chunk behind the header of a PNG."""
    checksum = struct.pack(">I", zlib.crc32(name + content))
    return png[:33] + struct.pack(">I", len(content)) + name + content + checksum + png[33:]


def sixteen_bit(level: int) -> bytes:
    """Return a grey PNG of 16 bits a pixel."""
    return encoded(Image.fromarray(np.full((16, 16), level, np.uint16)), "PNG")


def animated(kind: str) -> bytes:
    """Return two frames."""
    return encoded(filled("RGB", "red"), kind, save_all=True, append_images=[filled("RGB", "lime")])


def top_down_bmp() -> bytes:
    """Return a BMP whose negative height says that the first row is on top."""
    rows = bytes([*BLUE, *BLUE, 0, 0, *RED, *RED, 0, 0])
    header = struct.pack("<2sIHHI", b"BM", 54 + len(rows), 0, 0, 54)
    return header + struct.pack("<IiiHHIIiiII", 40, 2, -2, 1, 24, 0, len(rows), 0, 0, 0, 0) + rows


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
    image = decode(data, max_pixels=MAX_PIXELS)
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
    data = encoded(stored_as(orientation), kind, exif=exif(orientation), **options)
    image = decode(data, max_pixels=MAX_PIXELS).astype(int)
    assert image.shape == (32, 64, 3)
    corners = image[[4, 4, -4, -4], [4, -4, 4, -4]]
    assert np.abs(corners - [RED, GREEN, BLUE, WHITE]).max() <= 60


def test_a_bmp_may_begin_with_its_top_row() -> None:
    """A negative height turns a BMP upside down, and back."""
    image = decode(top_down_bmp(), max_pixels=MAX_PIXELS)
    assert image[:, 0].tolist() == [list(BLUE), list(RED)]


@pytest.mark.parametrize("content", [b"junk", b"II*\0\xff\xff\xff\xff"])
def test_metadata_nobody_can_read_costs_no_picture(content: bytes) -> None:
    """Broken EXIF is ignored: the pixels are good."""
    data = with_chunk(PNG, b"eXIf", content)
    assert decode(data, max_pixels=MAX_PIXELS).shape == (512, 512, 3)


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
        decode(data, max_pixels=MAX_PIXELS)


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
        decode(data, max_pixels=MAX_PIXELS)


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
        decode(data, max_pixels=MAX_PIXELS)


def test_the_largest_picture_allowed_is_read() -> None:
    """The limit itself is within the limit."""
    image = decode(encoded(filled("RGB", "red", (1000, 1000)), "PNG"), max_pixels=MAX_PIXELS)
    assert image.shape == (1000, 1000, 3)


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_a_photo_padded_with_the_decoders_grey_is_whole(options: dict[str, bool]) -> None:
    """A grey border is no damage: only data that would change with more data is."""
    padded = np.pad(portrait(), ((0, 64), (0, 0), (0, 0)), constant_values=128)
    data = encoded(Image.fromarray(padded), "JPEG", **options)
    assert decode(data, max_pixels=MAX_PIXELS).shape == (576, 512, 3)


def mutations() -> list[bytes]:
    """Return seed files with a few bytes changed, cut out or put in; the same every run."""
    chance = random.Random(20)  # noqa: S311 - repeatable, not secret
    small = PORTRAIT.resize((60, 40))
    seeds = [
        *(encoded(small.convert(mode), "JPEG", exif=exif(6)) for mode in ("RGB", "L", "CMYK")),
        *(encoded(small.convert(mode), "PNG", exif=exif(3)) for mode in ("RGBA", "P", "1")),
        *(encoded(small.convert(mode), "WEBP", exif=exif(8)) for mode in ("RGB", "RGBA")),
        *(encoded(small.convert(mode), "BMP") for mode in ("RGB", "P")),
    ]
    return [mutated(chance.choice(seeds), chance) for _ in range(1500)]


def mutated(seed: bytes, chance: random.Random) -> bytes:
    """Return one file, damaged."""
    data = bytearray(seed)
    for _ in range(chance.choice((1, 3, 10))):
        data[chance.randrange(min(len(data), chance.choice((64, 300, len(data)))))] = (
            chance.randrange(256)
        )
    start = chance.randrange(len(data))
    data[start : start + chance.choice((0, 0, 8))] = chance.randbytes(chance.choice((0, 0, 8)))
    return bytes(data)


def outcome(data: bytes) -> str:
    """Return "pixels" or the domain error's name; any other error ends the test."""
    try:
        image = decode(data, max_pixels=MAX_PIXELS)
    except FacegraphError as error:
        return type(error).__name__
    assert image.shape[0] * image.shape[1] <= MAX_PIXELS
    return "pixels"


def test_only_domain_errors_escape_whatever_the_bytes() -> None:
    """No decoder's own error reaches the caller, and no warning either."""
    outcomes = {outcome(data) for data in mutations()}
    assert outcomes == {"pixels", "UndecodableImage", "UnsupportedMediaType", "ImageTooLarge"}


def test_the_fast_path_shows_what_the_slow_path_shows() -> None:
    """OpenCV and Pillow decode an ordinary JPEG to nearly the same pixels."""
    data = jpeg(portrait())
    slow = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))[..., ::-1].astype(int)
    fast = decode(data, max_pixels=MAX_PIXELS)
    assert np.abs(fast - slow).mean() < 0.5
