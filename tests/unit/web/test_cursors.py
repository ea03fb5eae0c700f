"""Cursors."""

import pytest

from deployments.errors import InvalidCursor
from deployments.web.cursors import Cursors
from tests.unit.web.conftest import SECRET

CURSORS = Cursors([SECRET])


@pytest.mark.parametrize("after", ["a", "ünïcode", "0" * 200, ""])
def test_round_trip(after: str) -> None:
    """A cursor gives back the key it was sealed with."""
    assert CURSORS.open("users", CURSORS.seal("users", after)) == after


def test_no_more_pages() -> None:
    """The last page has no cursor, and the first is asked for without one."""
    assert CURSORS.seal("users", None) is None
    assert CURSORS.open("users", None) is None


def test_bound_to_its_list() -> None:
    """A cursor of one list opens no other."""
    cursor = CURSORS.seal("a/identities", "key")

    with pytest.raises(InvalidCursor):
        CURSORS.open("b/identities", cursor)


@pytest.mark.parametrize("cursor", ["", "a", "AAAA", "ü", "!!!!", "A" * 64, "A" * 1000])
def test_strange_cursors(cursor: str) -> None:
    """What this service did not seal is refused."""
    with pytest.raises(InvalidCursor):
        CURSORS.open("users", cursor)


def test_altered_and_foreign_cursors() -> None:
    """A changed character, or another service's key, breaks the seal."""
    cursor = CURSORS.seal("users", "key") or ""
    altered = ("B" if cursor[0] == "A" else "A") + cursor[1:]

    with pytest.raises(InvalidCursor):
        CURSORS.open("users", altered)
    with pytest.raises(InvalidCursor):
        Cursors([SECRET + "!"]).open("users", cursor)


def test_a_key_that_is_being_replaced() -> None:
    """While both keys are given, a cursor of the old one still opens; afterwards it does not."""
    cursor = CURSORS.seal("users", "ada")

    assert Cursors([SECRET + "!", SECRET]).open("users", cursor) == "ada"
