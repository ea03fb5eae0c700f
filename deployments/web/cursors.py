"""Cursors: opaque to callers, good for one list only, and of no use once altered."""

import base64
import binascii
import hashlib
import hmac

from deployments.errors import InvalidCursor

SEAL_BYTES = 16


class Cursors:
    """Seals the key a list continues from, together with the list's name."""

    def __init__(self, key: str) -> None:
        self._key = hashlib.sha256(b"facegraph cursor\0" + key.encode()).digest()

    def seal(self, listing: str, after: str | None) -> str | None:
        """Return the cursor that continues `listing` behind `after`; None on the last page."""
        return None if after is None else self._sealed(listing, after).decode()

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
        if not hmac.compare_digest(cursor.encode(), self._sealed(listing, after)):
            raise InvalidCursor("The cursor belongs to another list, or was altered.")
        return after

    def _sealed(self, listing: str, after: str) -> bytes:
        key = after.encode()
        seal = hmac.digest(self._key, listing.encode() + b"\0" + key, "sha256")[:SEAL_BYTES]
        return base64.urlsafe_b64encode(seal + key).rstrip(b"=")
