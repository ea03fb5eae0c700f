"""Behind a breaker a database that is down, or hangs, costs nobody a timeout."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from db.embedded import embedded_server
from db.migrate import migrate
from db.pool import Pool, breaker_of, connection, open_pool, ping, transaction
from deployments import breaker as breaker_module
from deployments.breaker import Breaker
from deployments.errors import Unavailable
from tests.hanging import hung, server_of

AT_ONCE = 0.1


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the breaker lose its patience soon."""
    monkeypatch.setattr(breaker_module, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(breaker_module, "PROBE_SECONDS", 0.5)
    monkeypatch.setattr(breaker_module, "AGAIN_SECONDS", 0.05)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep what breakers say out of the output."""
    with structlog.testing.capture_logs():
        yield


@pytest.fixture
async def breaker(data_dir: Path) -> AsyncIterator[Breaker]:
    """Yield a breaker for a server of the test's own, which runs."""
    with embedded_server(data_dir) as address:
        await migrate(address)
        made = breaker_of(address)
        yield made
        made.close()


@pytest.fixture
async def guarded(breaker: Breaker, data_dir: Path) -> AsyncIterator[Pool]:
    """Yield a pool of two connections behind that breaker, one of them open."""
    with embedded_server(data_dir) as address:
        async with open_pool(address, max_size=2, breaker=breaker) as pool:
            await ping(pool)
            yield pool


async def refused_at_once(pool: Pool) -> None:
    """Ask, and be told within milliseconds that nobody is there."""
    began = time.monotonic()
    with pytest.raises(Unavailable):
        await ping(pool)
    assert time.monotonic() - began < AT_ONCE


async def answered(pool: Pool) -> None:
    """Come back when the server answers."""
    async with asyncio.timeout(10):
        while True:
            try:
                return await ping(pool)
            except Unavailable:
                await asyncio.sleep(0.01)


async def write(pool: Pool) -> None:
    """Change something, in a transaction."""
    async with transaction(pool) as held:
        await held.execute("UPDATE collections SET name = name")


async def read(pool: Pool) -> None:
    """Look something up."""
    async with connection(pool) as held:
        await held.fetch("SELECT * FROM collections")


async def test_a_database_that_hangs(guarded: Pool, breaker: Breaker, data_dir: Path) -> None:
    """Those under way when it began are told within the breaker's patience, the others at once.

    No more than there are connections, so that each waits on one that hangs; then it goes on.
    """
    with hung(server_of(data_dir)):
        began = time.monotonic()
        outcomes = await asyncio.gather(*(write(guarded), read(guarded)), return_exceptions=True)
        took = time.monotonic() - began
        await refused_at_once(guarded)
        assert breaker.open
    await answered(guarded)

    assert [type(each) for each in outcomes] == [Unavailable, Unavailable]
    assert took < 3


async def test_a_database_that_was_stopped(data_dir: Path) -> None:
    """It is refused from the first call on, and found again when it is back."""
    with embedded_server(data_dir) as address:
        await migrate(address)
        breaker = breaker_of(address)
        pool = await open_pool(address, max_size=2, breaker=breaker)
    for _ in range(3):
        await refused_at_once(pool)
    with embedded_server(data_dir):
        await answered(pool)
        await pool.close()
    breaker.close()

    assert not breaker.open


async def test_all_connections_taken_is_not_away(guarded: Pool, breaker: Breaker) -> None:
    """Who waits for a connection that somebody uses for long hears nothing of the database."""
    async with connection(guarded) as one, connection(guarded):
        waiting = asyncio.create_task(ping(guarded))
        await one.execute("SELECT pg_sleep(0.5)")
        assert not waiting.done()
    await waiting

    assert not breaker.open
