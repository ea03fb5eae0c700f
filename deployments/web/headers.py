"""The headers that the guard and the application agree on, in lower case as ASGI has them."""

import re
import uuid
from collections.abc import Iterable, Sequence

from deployments.errors import InvalidRequest

REQUEST_ID = b"x-request-id"
TIMEOUT = b"x-request-timeout-seconds"
# What the guard renames TIMEOUT to, because Ray Serve would act on the original by itself: with
# a plain-text answer of its own, or, where the number is not positive, with no limit at all.
GUARDED_TIMEOUT = b"x-facegraph-timeout-seconds"

TRACEPARENT = b"traceparent"
SOURCE = b"x-facegraph-source"
SOURCE_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"

# W3C Trace Context: version, trace id, parent id, flags. Only versions after 00 append to them.
_TRACEPARENT = re.compile(
    rb"(?!ff|00.{54})([0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2})(?:-.*)?"
)
_WELL_FORMED = re.compile(rb"[A-Za-z0-9._-]{8,128}")
_SOURCE = re.compile(SOURCE_PATTERN.strip("^$"))


def request_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the id that ties an answer to its line in the log.

    The caller's own where it is well-formed, a new one otherwise.
    """
    for name, value in headers:
        if name == REQUEST_ID and _WELL_FORMED.fullmatch(value):
            return value.decode("ascii")
    return uuid.uuid4().hex


def traceparent(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the span of the caller's that this request is below of; None for no valid one.

    Without what later versions append, which is nobody's business here.
    """
    given = [value for name, value in headers if name == TRACEPARENT]
    found = _TRACEPARENT.fullmatch(given[0]) if len(given) == 1 else None
    return found[1].decode("ascii") if found else None


def trace_id(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the trace that the caller says this request is part of; None for no valid one."""
    parent = traceparent(headers)
    return parent and parent.split("-")[1]


def source(given: Sequence[str]) -> str | None:
    """Return the camera or the site that photos are said to be of; None where nobody says.

    Raises InvalidRequest for what is no name, and for two.
    """
    if not given:
        return None
    if len(given) > 1 or not _SOURCE.fullmatch(given[0]):
        detail = "X-Facegraph-Source is one name: 1 to 64 letters, digits, dots, - or _."
        raise InvalidRequest(detail, SOURCE.decode())
    return given[0]
