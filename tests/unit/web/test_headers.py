"""The request id."""

import pytest

from deployments.web.headers import request_id


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
