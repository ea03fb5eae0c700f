"""What is late, or waits too long for a connection, costs the database nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from db import waiting
from db.gallery import Gallery
from db.pool import Connection, Pool, connection, open_pool, ping, transaction
from deployments.deadline import deadline_in, in_time, told_the_budget
from deployments.errors import DeadlineExceeded, Overloaded

Use = Callable[[Connection], Awaitable[object]]


@pytest.fixture
async def only_one(database_url: str) -> AsyncIterator[Pool]:
    """Yield a pool of a single connection."""
    async with open_pool(database_url, max_size=1) as pool:
        yield pool


async def last_statement(pool: Pool, observer: asyncpg.Pool) -> str:
    """Return what the server was asked last on the one connection of a pool, as it tells itself."""
    async with pool.acquire() as held:
        pid = held.get_server_pid()
    found = await observer.fetchval("SELECT query FROM pg_stat_activity WHERE pid = $1", pid)
    return str(found)


async def use(pool: Pool, statement: str) -> None:
    """Run a statement."""
    async with connection(pool) as held:
        await held.execute(statement)


async def test_what_comes_late_is_not_asked(only_one: Pool, pool: Pool) -> None:
    """A node that is entered after its caller's deadline asks the server nothing."""
    gallery = Gallery(only_one, 0.02)
    await use(only_one, "SELECT 'before'")
    with pytest.raises(DeadlineExceeded):
        await told_the_budget(gallery.collection)("default", budget=0)

    assert await last_statement(only_one, pool) == "SELECT 'before'"


async def test_waiting_ends_with_the_deadline(only_one: Pool, pool: Pool) -> None:
    """Whoever waits for a connection waits no longer than their caller, and asks nothing."""
    async with only_one.acquire() as held:
        await held.execute("SELECT 'before'")
        with pytest.raises(DeadlineExceeded), deadline_in(0.01):
            await use(only_one, "SELECT 'late'")

    assert await last_statement(only_one, pool) == "SELECT 'before'"


async def test_what_waited_until_it_was_late_is_not_asked(only_one: Pool, pool: Pool) -> None:
    """The deadline is looked at again once there is a connection, before the first statement."""
    only_one.within = lambda _: in_time(None)
    with deadline_in(0.05):
        async with only_one.acquire() as held:
            late = asyncio.create_task(use(only_one, "SELECT 'late'"))
            await held.execute("SELECT pg_sleep(0.1)")
        with pytest.raises(DeadlineExceeded):
            await late

    assert await last_statement(only_one, pool) == "SELECT pg_sleep(0.1)"


@pytest.mark.parametrize("lend", [connection, transaction])
async def test_a_statement_under_way_is_broken_off(
    only_one: Pool, pool: Pool, lend: Callable[..., AsyncIterator[Connection]]
) -> None:
    """At the deadline the server ends it as well, and the connection serves the next one."""
    async with only_one.acquire() as held:
        pid = held.get_server_pid()
    with pytest.raises(DeadlineExceeded), deadline_in(0.1):
        async with lend(only_one) as held:  # type: ignore[attr-defined]
            await held.execute("SELECT pg_sleep(60)")
    state = await pool.fetchval("SELECT state FROM pg_stat_activity WHERE pid = $1", pid)
    await ping(only_one)

    assert state == "idle"


async def test_who_waits_is_served(only_one: Pool) -> None:
    """Somebody who comes while all connections are in use gets the next one."""
    async with connection(only_one):
        second = asyncio.create_task(ping(only_one))
        await asyncio.sleep(0)
        assert not second.done()
    await second


async def test_no_more_wait_than_are_served_soon(
    only_one: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At capacity the answer comes at once and tells when to come again; then all is well."""
    monkeypatch.setattr(waiting, "LONGEST_SECONDS", 0.05)
    await use(only_one, "SELECT pg_sleep(0.2)")
    outcomes = await asyncio.gather(
        *(use(only_one, "SELECT pg_sleep(0.02)") for _ in range(20)), return_exceptions=True
    )
    refused = [each for each in outcomes if isinstance(each, Overloaded)]
    await ping(only_one)

    assert 0 < len(refused) < 20
    assert outcomes.count(None) == 20 - len(refused)
    assert all(refusal.retry_after > 0.05 for refusal in refused)
