"""A database that answers everything, and everything late."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import traffic
from tests.acceptance.conftest import Running
from tests.chaos.conftest import Dying
from tests.chaos.relay import Relay, relayed
from tests.chaos.surroundings import Server, doubled

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

LATE_SECONDS = 1.0
SLOW_FOR_SECONDS = 15.0
# `request_timeout_seconds` of the service, and what a busy machine takes to say that it is over.
LONGEST_SECONDS = 10.0 + 2.0


# When all is quick, as many requests as ever; when it is not, more are under way than there are
# connections, which are sixteen.
PEOPLE = 4


@pytest.fixture
def _many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let more callers ask, each of them less often."""
    monkeypatch.setattr(
        traffic, "CALLERS", {kind: PEOPLE * count for kind, count in traffic.CALLERS.items()}
    )
    monkeypatch.setattr(traffic, "INTERVAL_SECONDS", PEOPLE * traffic.INTERVAL_SECONDS)


@pytest.fixture(scope="module")
def relay(elsewhere: Server) -> Iterator[Relay]:
    """Give the way to the database, as quick as it is without."""
    with (
        tempfile.TemporaryDirectory(prefix="fg-") as folder,
        relayed(Path(folder), elsewhere.url) as relay,
    ):
        yield relay


@pytest.fixture(scope="module")
def behind(relay: Relay) -> Iterator[Running]:
    """Give a service that goes that way."""
    with (
        tempfile.TemporaryDirectory(prefix="fg-") as folder,
        doubled(Path(folder), relay.url) as up,
    ):
        yield up


@pytest.mark.usefixtures("_many")
def test_postgresql_is_slow(behind: Running, relay: Relay, death: Dying) -> None:
    """Callers are answered late, refused, or told at the deadline; soon after all is well again."""
    with death(behind, "PostgreSQL, each answer a second late for fifteen seconds") as each:
        each.strike(lambda: setattr(relay, "late_seconds", LATE_SECONDS))
        each.wait(lambda: each.elapsed() > SLOW_FOR_SECONDS)
        relay.late_seconds = 0.0
        each.heal("by itself, once it is quick", lambda: True, within_seconds=20)
    each.assert_in_the_contract()
    asked = each.callers.asked(each.struck)
    lasted = [one.received - one.sent for one in asked]
    assert max(lasted) < LONGEST_SECONDS
    assert any(one.good and one.received - one.sent > LATE_SECONDS for one in asked)
