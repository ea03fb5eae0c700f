"""How many scans a JPEG has, told from its markers before anything is decoded.

A scan of a few bytes costs the decoder a pass over all coefficients, and a file may have as many
as it likes.
"""

import re
from typing import Final

from deployments.errors import UndecodableImage

# Encoders write 1 to 15; a script that is a photo's best has a few dozen.
MOST_SCANS: Final = 100

_START_OF_SCAN: Final = b"\xff\xda"
# Within coded data 0xFF stands before 0 or a restart, or before what libjpeg steps over.
_NEXT_MARKER: Final = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
_LENGTH_BYTES: Final = 2
_STARTS_AND_ENDS: Final = b"\xff\xd8", b"\xff\xd9"


def admit_scans(data: bytes) -> None:
    """Raise UndecodableImage for a JPEG of too many scans."""
    # Few files have the two bytes so often, even within thumbnails, so few are walked through.
    if data.count(_START_OF_SCAN) > MOST_SCANS and _has_too_many(data):
        raise UndecodableImage(f"The image has too many scans: at most {MOST_SCANS} are read.")


def _has_too_many(data: bytes) -> bool:
    scans, at = 0, len(_STARTS_AND_ENDS[0])
    while scans <= MOST_SCANS and (found := _NEXT_MARKER.search(data, at)):
        if found[0] in _STARTS_AND_ENDS:
            return False
        scans += found[0] == _START_OF_SCAN
        # A segment tells its length behind its marker; the bytes that tell it are of it.
        told = data[found.end() : found.end() + _LENGTH_BYTES]
        at = found.end() + max(_LENGTH_BYTES, int.from_bytes(told))
    return scans > MOST_SCANS
