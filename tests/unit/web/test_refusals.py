"""Lines of refusals: each has one, but for those that come by the hundred when nothing is free."""

import pytest
import structlog

from deployments.errors import Forbidden, Overloaded
from deployments.web import refusals
from deployments.web.refusals import SPARING_SECONDS, Sparing
from tests.unit.clock import Clock

SCOPE = {"type": "http", "method": "POST", "headers": []}


def lines(monkeypatch: pytest.MonkeyPatch, clock: Clock, *errors: Exception) -> list[object]:
    """Refuse so, a tenth of a second apart, and return what each line leaves out."""
    monkeypatch.setattr(refusals, "_overloads", Sparing(clock))
    with structlog.testing.capture_logs() as written:
        for error in errors:
            refusals.write_line(error, "an-id-of-one", SCOPE)
            clock.now += SPARING_SECONDS / 10
    return [line.get("left_out") for line in written]


def test_every_refusal_has_a_line(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Who may not is written down each time."""
    assert lines(monkeypatch, clock, *[Forbidden("no")] * 3) == [None] * 3


def test_overload_has_a_line_a_second(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """At capacity one line a second tells how many it stands for, beside those of others."""
    at_capacity: list[Exception] = [Overloaded("full")] * 15

    assert lines(monkeypatch, clock, *at_capacity, Forbidden("no")) == [None, 9, None]
