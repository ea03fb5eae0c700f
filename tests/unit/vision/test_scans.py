"""A JPEG has as many scans as a photo needs: each costs a pass over all of the picture."""

from time import process_time

import cv2
import numpy as np
import pytest
from PIL import Image

from deployments.errors import UndecodableImage
from deployments.vision.scans import MOST_SCANS, admit_scans
from tests.hostile.bombs import scans_without_end
from tests.unit.vision.photographs import decoded, encoded, portrait

PORTRAIT = Image.fromarray(portrait()[..., ::-1])
SCAN = b"\xff\xda"
# A comment, as metadata may hold it, of a whole picture that has more scans than are read.
COMMENT = b"\xff\xfe\xff\xff" + (SCAN * 40_000)[:65_533]


def by_opencv(*options: int) -> bytes:
    """Encode the portrait with OpenCV."""
    return cv2.imencode(".jpg", portrait(), options)[1].tobytes()


GREY = encoded(Image.new("L", (16, 16), 200), "JPEG", progressive=True)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(encoded(PORTRAIT, "JPEG"), id="baseline"),
        pytest.param(encoded(PORTRAIT, "JPEG", restart_marker_rows=1), id="restarts"),
        pytest.param(encoded(PORTRAIT, "JPEG", progressive=True), id="progressive"),
        pytest.param(
            encoded(PORTRAIT, "JPEG", progressive=True, optimize=True, quality=98), id="optimised"
        ),
        pytest.param(
            encoded(PORTRAIT.convert("CMYK"), "JPEG", progressive=True), id="progressive cmyk"
        ),
        pytest.param(by_opencv(cv2.IMWRITE_JPEG_PROGRESSIVE, 1), id="progressive by opencv"),
    ],
)
def test_what_encoders_write_is_read(data: bytes) -> None:
    """Ordinary files, progressive or not, have a fifth of the scans allowed at most."""
    assert data.count(SCAN) <= MOST_SCANS / 5
    assert decoded(data, max_pixels=1_000_000).shape == (512, 512, 3)


@pytest.mark.parametrize("side", [96, 3000])
def test_a_file_of_thousands_of_scans_is_undecodable(side: int) -> None:
    """It is refused at the cost of its markers, before a pixel is decoded."""
    _, data = scans_without_end(side, 3000)
    began = process_time()
    with pytest.raises(UndecodableImage, match="too many scans"):
        decoded(data, max_pixels=10_000_000)
    assert process_time() - began < 0.1


@pytest.mark.parametrize(("scans", "refused"), [(MOST_SCANS, False), (MOST_SCANS + 1, True)])
@pytest.mark.parametrize(
    "between", [b"", b"\xff\x00\xff\xd3", b"\xff\xff\xff", b"\xff\x02\xff\xff"]
)
def test_the_bound_is_exact_whatever_stands_between(
    scans: int, between: bytes, *, refused: bool
) -> None:
    """Stuffed bytes, restarts, fill and what libjpeg steps over hide no scan and add none."""
    scan = SCAN + b"\0\x08\1\1\0\0\x3f\0" + b"\x55" + between
    data = b"\xff\xd8" + scan * scans + b"\xff\xd9"
    assert is_refused(data) is refused


def is_refused(data: bytes) -> bool:
    """Tell whether a file has too many scans."""
    try:
        admit_scans(data)
    except UndecodableImage:
        return True
    return False


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(GREY[:2] + COMMENT + GREY[2:], id="within metadata"),
        pytest.param(GREY + SCAN * 40_000, id="behind the end"),
    ],
)
def test_bytes_that_are_no_scan_are_not_counted(data: bytes) -> None:
    """What lies in a segment, as a thumbnail does, or after the picture costs no pass."""
    assert np.ptp(decoded(data, max_pixels=1000)) == 0


@pytest.mark.parametrize("cut", [0, 1])
def test_a_file_that_ends_in_a_length_is_counted_to_its_end(cut: int) -> None:
    """Markers without the two bytes of their length are the last ones."""
    assert is_refused(b"\xff\xd8" + (SCAN + b"\0\2") * (MOST_SCANS + 1) + SCAN + b"\0" * cut)
