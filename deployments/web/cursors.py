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
        if after is None:
            return None
        key = after.encode()
        return base64.urlsafe_b64encode(self._seal(listing, key) + key).decode().rstrip("=")

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
        if not hmac.compare_digest(seal, self._seal(listing, key)):
            raise InvalidCursor("The cursor belongs to another list, or was altered.")
        return key.decode()

    def _seal(self, listing: str, key: bytes) -> bytes:
        message = listing.encode() + b"\0" + key
        return hmac.digest(self._key, message, "sha256")[:SEAL_BYTES]
