"""The headers that the guard and the application agree on, in lower case as ASGI has them."""

import re
import uuid
from collections.abc import Iterable

REQUEST_ID = b"x-request-id"
TIMEOUT = b"x-request-timeout-seconds"
# What the guard renames TIMEOUT to, because Ray Serve would act on the original by itself: with
# a plain-text answer of its own, or, where the number is not positive, with no limit at all.
GUARDED_TIMEOUT = b"x-facegraph-timeout-seconds"

_WELL_FORMED = re.compile(rb"[A-Za-z0-9._-]{8,128}")


def request_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the id that ties an answer to its line in the log.

    The caller's own where it is well-formed, a new one otherwise.
    """
    for name, value in headers:
        if name == REQUEST_ID and _WELL_FORMED.fullmatch(value):
            return value.decode("ascii")
    return uuid.uuid4().hex
