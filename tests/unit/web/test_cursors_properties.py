"""Cursors: nothing but what was sealed opens, and only its own list."""

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from deployments.errors import InvalidCursor
from deployments.web.cursors import Cursors
from tests.unit.web.conftest import SECRET

CURSORS = Cursors(SECRET)
BASE64 = string.ascii_letters + string.digits + "-_"

whole = st.text(st.characters(exclude_categories=["Cs"]))
listings = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(listings, whole)
def test_round_trip(listing: str, after: str) -> None:
    """Whatever a list continues from comes back, and the cursor is one word of a query."""
    cursor = CURSORS.seal(listing, after) or ""

    assert CURSORS.open(listing, cursor) == after
    assert set(cursor) <= set(BASE64)


@given(st.text() | st.text(BASE64, min_size=20))
def test_made_up(cursor: str) -> None:
    """No text that somebody made up opens."""
    with pytest.raises(InvalidCursor):
        CURSORS.open("users", cursor)


@given(listings, listings, whole)
def test_of_another_list(one: str, other: str, after: str) -> None:
    """A cursor of one list opens no other, however alike their names are."""
    assume(one != other)
    with pytest.raises(InvalidCursor):
        CURSORS.open(other, CURSORS.seal(one, after))


@given(whole, st.data())
def test_one_character_altered(after: str, data: st.DataObject) -> None:
    """Any one character replaced, left out or put in breaks it; there is no second spelling."""
    cursor = CURSORS.seal("users", after) or ""
    place = data.draw(st.integers(0, len(cursor) - 1))
    instead = data.draw(st.text(BASE64 + "=+/ \n", max_size=2))
    altered = cursor[:place] + instead + cursor[place + 1 :]
    assume(altered != cursor)

    with pytest.raises(InvalidCursor):
        CURSORS.open("users", altered)


@given(whole, st.text("=\n \t", min_size=1, max_size=3))
def test_padded(after: str, padding: str) -> None:
    """A cursor with anything after it is not the one that was given out."""
    with pytest.raises(InvalidCursor):
        CURSORS.open("users", (CURSORS.seal("users", after) or "") + padding)
