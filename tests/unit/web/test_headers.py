"""The request id, and the trace a request is part of."""

import pytest

from deployments.web.headers import request_id, trace_id

TRACE, PARENT = b"ab" * 16, b"cd" * 8


@pytest.mark.parametrize("given", [b"a-caller.id_1", b"12345678", b"x" * 128])
def test_callers_id(given: bytes) -> None:
    """A well-formed id of the caller's is kept."""
    assert request_id([(b"host", b"x"), (b"x-request-id", given)]) == given.decode()


@pytest.mark.parametrize("given", [b"short", b"x" * 129, b"with space", b"<script>", b"id\n123456"])
def test_malformed_id(given: bytes) -> None:
    """Any other is replaced by a new one."""
    assert request_id([(b"x-request-id", given)]) != given.decode()


def test_new_ids_differ() -> None:
    """Two requests without an id get two."""
    assert request_id([]) != request_id([])


@pytest.mark.parametrize(
    "given",
    [
        b"00-" + TRACE + b"-" + PARENT + b"-01",
        b"cc-" + TRACE + b"-" + PARENT + b"-01-what-the-future-will-be-like",
    ],
)
def test_trace(given: bytes) -> None:
    """The trace id of a valid traceparent is read, in later versions as well."""
    assert trace_id([(b"host", b"x"), (b"traceparent", given)]) == TRACE.decode()


@pytest.mark.parametrize(
    "given",
    [
        [],
        [b"none"],
        [b"00-" + TRACE.upper() + b"-" + PARENT + b"-01"],
        [b"00-" + b"0" * 32 + b"-" + PARENT + b"-01"],
        [b"00-" + TRACE + b"-" + b"0" * 16 + b"-01"],
        [b"ff-" + TRACE + b"-" + PARENT + b"-01"],
        [b"00-" + TRACE + b"-" + PARENT + b"-01-more"],
        [b"00-" + TRACE + b"-" + PARENT + b"-01\n"],
        [b"00-" + TRACE + b"-" + PARENT + b"-01"] * 2,
    ],
)
def test_no_trace(given: list[bytes]) -> None:
    """Anything else is ignored."""
    assert trace_id([(b"traceparent", each) for each in given]) is None
