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
        return None if after is None else _sealed(self._keys[0], listing, after).decode()

    def open(self, listing: str, cursor: str | None) -> str | None:
        """Return the key a cursor of `listing` holds; raises InvalidCursor for any other."""
        if cursor is None:
            return None
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            sealed = base64.b64decode(padded, altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError) as error:
            raise InvalidCursor("The cursor is not one of this service.") from error
        after = sealed[SEAL_BYTES:].decode(errors="replace")
        # The whole text, so that a cursor has one spelling: base64 alone would allow several.
        spellings = (_sealed(key, listing, after) for key in self._keys)
        if not any(hmac.compare_digest(cursor.encode(), each) for each in spellings):
            raise InvalidCursor("The cursor belongs to another list, or was altered.")
        return after


def _sealed(key: bytes, listing: str, after: str) -> bytes:
    held = after.encode()
    seal = hmac.digest(key, listing.encode() + b"\0" + held, "sha256")[:SEAL_BYTES]
    return base64.urlsafe_b64encode(seal + held).rstrip(b"=")
