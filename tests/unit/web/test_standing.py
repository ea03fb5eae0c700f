"""The copy of who still has access."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from deployments import copies, tracing
from deployments.errors import Unavailable
from deployments.messages.accounts import AccessChanges, ServiceKey
from deployments.web.standing import Standing
from tests.unit.clock import Clock
from tests.unit.web.in_memory.ledger import Ledger

NOW = datetime.now(UTC)
KEY = ServiceKey("machine", b"hash", "door 7", "verifier", ("*",), created_at=NOW, revoked_at=None)


@pytest.fixture
def ledger() -> Ledger:
    """Return what the database would say."""
    return Ledger()


@pytest.fixture
async def copy(ledger: Ledger, clock: Clock) -> AsyncIterator[Standing]:
    """Yield a copy of the ledger that was read once."""
    made = Standing(ledger, clock)
    await made.bring_up_to_date()
    yield made
    made.close()


async def test_what_ended(copy: Standing, ledger: Ledger, clock: Clock) -> None:
    """What was given out before a revocation is over, what was given out since is good."""
    ledger.generations["account:ada"] = 7
    ledger.keys[KEY.id] = KEY
    clock.now += copies.LATE_SECONDS + 0.1
    await copy.bring_up_to_date()

    assert [copy.ended("account:ada", generation) for generation in (6, 7, 8)] == [
        True,
        False,
        False,
    ]
    assert not copy.ended("account:bob", 0)
    assert (copy.key("machine"), copy.key("other")) == (KEY, None)


@pytest.mark.parametrize(
    ("age", "queries"), [(0.0, 1), (1.0, 1), (1.1, 2), (copies.LATE_SECONDS + 0.1, 2)]
)
async def test_how_often_the_database_is_asked(
    copy: Standing, ledger: Ledger, clock: Clock, age: float, queries: int
) -> None:
    """A fresh copy asks nobody, and a hundred requests at once ask once."""
    clock.now += age
    await asyncio.gather(*(copy.bring_up_to_date() for _ in range(100)))
    await asyncio.sleep(0)

    assert len(ledger.asked) == queries


async def test_a_copy_not_too_old_is_used_while_the_next_is_read(
    copy: Standing, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the bound nobody waits for the database."""
    held = asyncio.Event()

    async def slow(since: int) -> AccessChanges:
        del since
        await held.wait()
        return AccessChanges(9, {}, ())

    monkeypatch.setattr(copy._copy, "_ask", slow)
    clock.now += copies.LATE_SECONDS - 0.1
    await asyncio.wait_for(copy.bring_up_to_date(), 1)
    clock.now += 0.2
    waiting = asyncio.create_task(copy.bring_up_to_date())
    await asyncio.sleep(0)

    assert not waiting.done()
    held.set()
    await asyncio.wait_for(waiting, 1)


async def test_a_caller_who_leaves_ends_nothing_for_the_others(
    copy: Standing, ledger: Ledger, clock: Clock
) -> None:
    """The reading that one request began goes on when that request is cancelled."""
    ledger.generations["account:ada"] = 7
    clock.now += copies.LATE_SECONDS + 0.1
    first = asyncio.create_task(copy.bring_up_to_date())
    await asyncio.sleep(0)
    first.cancel()
    await copy.bring_up_to_date()

    assert copy.ended("account:ada", 6)


@pytest.mark.parametrize(
    ("age", "refused"), [(copies.STALE_SECONDS - 1, False), (copies.STALE_SECONDS + 1, True)]
)
async def test_while_the_database_is_down(
    copy: Standing, ledger: Ledger, clock: Clock, age: float, refused: bool
) -> None:
    """An old copy lets in for half a minute; then nobody gets in on it."""
    ledger.error = Unavailable("The database is not answering.")
    clock.now += age
    outcome = await asyncio.gather(copy.bring_up_to_date(), return_exceptions=True)

    assert isinstance(outcome[0], Unavailable) is refused


@pytest.mark.parametrize(("age", "refused"), [(899, False), (901, True)])
async def test_an_older_copy_may_do(
    copy: Standing, ledger: Ledger, clock: Clock, age: float, refused: bool
) -> None:
    """Whoever says so is let in on a copy up to the age they name."""
    ledger.error = Unavailable("The database is not answering.")
    clock.now += age
    outcome = await asyncio.gather(copy.bring_up_to_date(900), return_exceptions=True)

    assert isinstance(outcome[0], Unavailable) is refused


async def test_a_database_that_is_down_is_not_asked_by_every_request(
    copy: Standing, ledger: Ledger, clock: Clock
) -> None:
    """After a failure it is left alone for a second, and afterwards all is well again."""
    ledger.error = OSError("refused")
    clock.now += copies.STALE_SECONDS + 1
    outcomes = [
        *await asyncio.gather(copy.bring_up_to_date(), return_exceptions=True),
        *await asyncio.gather(copy.bring_up_to_date(), return_exceptions=True),
    ]
    asked = len(ledger.asked)
    ledger.error = None
    clock.now += copies.FRESH_SECONDS + 0.1
    await copy.bring_up_to_date()

    assert [type(each) for each in outcomes] == [Unavailable, Unavailable]
    assert (asked, len(ledger.asked)) == (2, 3)


async def test_what_is_asked_for(copy: Standing, ledger: Ledger, clock: Clock) -> None:
    """First everything, then what came since the last reading; now and then everything anew."""
    clock.now += 10
    await copy.bring_up_to_date()
    clock.now += copies.WHOLE_SECONDS
    await copy.bring_up_to_date()

    assert ledger.asked == [0, 1, 0]


async def test_what_nobody_can_use_any_more_is_dropped(
    copy: Standing, ledger: Ledger, clock: Clock
) -> None:
    """What the database has forgotten is forgotten here as well, so that the copy does not grow."""
    ledger.generations["session:old"] = 7
    clock.now += 10
    await copy.bring_up_to_date()
    ledger.generations.clear()
    before = copy.ended("session:old", 1)
    clock.now += copies.WHOLE_SECONDS
    await copy.bring_up_to_date()

    assert (before, copy.ended("session:old", 1)) == (True, False)


async def test_a_database_put_back_to_an_older_state(
    copy: Standing, ledger: Ledger, clock: Clock
) -> None:
    """A watermark that goes backwards is another server's: everything is read anew."""
    ledger.generations["account:ada"] = 9
    clock.now += 10
    await copy.bring_up_to_date()
    ledger.asked.clear()
    ledger.generations.clear()
    clock.now += 10
    await copy.bring_up_to_date()

    assert ledger.asked == [2, 0]
    assert not copy.ended("account:ada", 1)


async def test_a_database_that_hangs_holds_no_request_for_long(
    copy: Standing, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request waits a moment for the copy and goes on with the one at hand, while it may."""

    async def hanging(since: int) -> AccessChanges:
        del since
        return await asyncio.Future()

    monkeypatch.setattr(copies, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(copy._copy, "_ask", hanging)
    clock.now += copies.LATE_SECONDS + 1
    await asyncio.wait_for(copy.bring_up_to_date(), 5)
    clock.now += copies.STALE_SECONDS
    with pytest.raises(Unavailable):
        await asyncio.wait_for(copy.bring_up_to_date(), 5)


async def test_nothing_was_ever_read(ledger: Ledger, clock: Clock) -> None:
    """Before the first copy nobody is let in."""
    ledger.error = OSError("refused")

    with pytest.raises(Unavailable):
        await Standing(ledger, clock).bring_up_to_date()


async def test_in_whose_name_it_is_read(ledger: Ledger, clock: Clock) -> None:
    """The request that finds the copy old starts a reading that is no part of it."""
    told: list[object] = []
    changes = ledger.changes

    async def watched(since: int) -> AccessChanges:
        told.append(tracing.origin())
        return await changes(since)

    ledger.changes = watched  # type: ignore[method-assign]
    with tracing.request("a-request", None, "GET"):
        await Standing(ledger, clock).bring_up_to_date()

    assert told == [None]
