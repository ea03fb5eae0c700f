"""Whose request may end without an answer when something dies, and whose may not."""

import pytest

from tests.answers import Asked
from tests.chaos.deaths import Death
from tests.traffic import CALLERS, Traffic

STRUCK, OVER, WHOLE = 10.0, 10.1, 5.0  # The last counts from the first.
CLOSED = Asked("list", 9.9, 10.05, broken="closed")


def death(monkeypatch: pytest.MonkeyPatch, *outside: Asked) -> Death:
    """Return one of which callers saw this outside the contract."""
    callers = Traffic("http://service", "", b"")
    monkeypatch.setattr(callers, "outside_the_contract", lambda: list(outside))
    made = Death("a poet", callers)
    made.struck, made.over, made.whole = STRUCK, OVER, WHOLE
    return made


def test_who_waited_may_be_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a connection that ends, or by a proxy that has no answer to hand on."""
    bare = Asked("list", 10.0, 10.3, 502, broken="bare")
    death(monkeypatch, CLOSED, bare).assert_cut_off_at_most_in_flight()


@pytest.mark.parametrize(
    "stray",
    [
        Asked("list", 10.2, 10.3, broken="closed"),
        Asked("list", 9.0, 9.5, broken="closed"),
        Asked("list", 9.9, 10.3, 500, "internal", broken="wrong"),
        Asked("list", 9.9, 10.05, broken="refused"),
        Asked("list", 9.9, 40.0, broken="unanswered"),
    ],
    ids=["sent later", "ended before", "internal", "refused", "unanswered"],
)
def test_others_may_not(monkeypatch: pytest.MonkeyPatch, stray: Asked) -> None:
    """Whoever asked later, or was told something else, was let down."""
    with pytest.raises(AssertionError):
        death(monkeypatch, CLOSED, stray).assert_cut_off_at_most_in_flight()


def test_nobody_waits_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most twice as many are cut off as there are callers."""
    crowd = [CLOSED] * (2 * sum(CALLERS.values()) + 1)
    with pytest.raises(AssertionError):
        death(monkeypatch, *crowd).assert_cut_off_at_most_in_flight()


def test_refused_until_another_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody is left who listens, and no longer than that."""
    meanwhile = Asked("list", 14.0, 14.0, broken="refused")
    death(monkeypatch, CLOSED, meanwhile).assert_cut_off_or_refused()
    later = Asked("list", 16.0, 16.0, broken="refused")
    with pytest.raises(AssertionError):
        death(monkeypatch, meanwhile, later).assert_cut_off_or_refused()
