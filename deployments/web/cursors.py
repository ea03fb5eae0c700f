"""Cursors: opaque to callers, good for one list only, and of no use once altered."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from deployments.errors import InvalidCursor

SEAL_BYTES = 16


class Cursors:
    """Seals the key a list continues from, together with the list's name.

    The first of its keys seals; what any of them sealed is opened.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [hashlib.sha256(b"facegraph cursor\0" + key.encode()).digest() for key in keys]

    def seal(self, listing: str, after: str | None) -> str | None:
        """Return the cursor that continues `listing` behind `after`; None on the last page."""
        if after is None:
            return None
        key = after.encode()
        seal = _seal(self._keys[0], listing, key)
        return base64.urlsafe_b64encode(seal + key).decode().rstrip("=")

    def open(self, listing: str, cursor: str | None) -> str | None:
        """Return the key a cursor of `listing` holds; raises InvalidCursor for any other."""
        if cursor is None:
            return None
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            sealed = base64.b64decode(padded, altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError) as error:
            raise InvalidCursor("The cursor is not one of this service.") from error
        seal, key = sealed[:SEAL_BYTES], sealed[SEAL_BYTES:]
        if not any(hmac.compare_digest(seal, _seal(each, listing, key)) for each in self._keys):
            raise InvalidCursor("The cursor belongs to another list, or was altered.")
        return key.decode()


def _seal(key: bytes, listing: str, after: bytes) -> bytes:
    return hmac.digest(key, listing.encode() + b"\0" + after, "sha256")[:SEAL_BYTES]
