"""The pool: what fails in the database is told in the domain's words, and passes by itself."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from db import pool as pool_module
from db.embedded import embedded_server
from db.migrate import migrate
from db.pool import Pool, connection, open_pool, ping, retire, transaction
from deployments.errors import DeadlineExceeded, Unavailable, ValidationFailed

# The wait lets those who were ended come back.
END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_sleep(0.02), pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def test_it_reconnects_after_the_server_was_away(data_dir: Path) -> None:
    """While the server is down calls say so, and the next one after its start succeeds."""
    with embedded_server(data_dir) as address:
        await migrate(address)
        pool = await open_pool(address, max_size=2)
        await ping(pool)
    with pytest.raises(Unavailable):
        await ping(pool)
    with embedded_server(data_dir):
        await ping(pool)
        await pool.close()


async def lose_a_connection(victims: Pool, others: Pool) -> None:
    """End a connection of one pool, in the middle of a transaction, from another."""
    async with transaction(victims) as held:
        await others.execute("SELECT pg_terminate_backend($1)", held.get_server_pid())
        await held.fetchval("SELECT 1")


async def test_a_connection_lost_in_the_middle_is_told_as_unavailable(
    database_url: str, pool: Pool
) -> None:
    """A restart under a running transaction is a reason to try again, not a bug."""
    async with open_pool(database_url, max_size=1) as victims:
        with pytest.raises(Unavailable):
            await lose_a_connection(victims, pool)
        await ping(victims)


async def test_connections_ended_at_any_moment_are_told_as_unavailable(
    database_url: str, pool: Pool
) -> None:
    """Also where the server's farewell has arrived and nobody has read it yet."""
    failures: list[BaseException] = []
    async with open_pool(database_url, max_size=8) as victims:
        ending = asyncio.create_task(end_connections(pool, times=60))
        while not ending.done():
            asked = await asyncio.gather(*(ping(victims) for _ in range(8)), return_exceptions=True)
            failures += [each for each in asked if each is not None]
        await ending

    assert failures != []
    assert {type(each) for each in failures} == {Unavailable}


async def end_connections(others: Pool, times: int) -> None:
    """End every connection to this database but our own, again and again."""
    async with connection(others) as held:
        for _ in range(times):
            await held.fetch(END_OTHERS)


async def test_a_statement_over_its_time_is_a_deadline(database_url: str) -> None:
    """The server ends it, and the connection is good again."""
    async with open_pool(database_url, max_size=1, statement_timeout_seconds=0.05) as pool:
        with pytest.raises(DeadlineExceeded):
            async with connection(pool) as held:
                await held.execute("SELECT pg_sleep(60)")
        await ping(pool)


async def test_a_server_that_accepts_and_keeps_silent_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hung database is not mistaken for a busy pool."""
    monkeypatch.setattr(pool_module, "CONNECT_SECONDS", 0.05)

    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_unix_server(keep_silent, tmp_path / ".s.PGSQL.5432"):
        address = f"postgresql://facegraph@/facegraph?host={tmp_path}"
        async with open_pool(address, min_size=0, max_size=1) as pool:
            with pytest.raises(Unavailable):
                await ping(pool)


async def test_a_pool_being_replaced_is_told_as_unavailable(database_url: str) -> None:
    """A call that comes while its pool closes may be made again, on the next one."""
    pool = await open_pool(database_url, max_size=1)
    await pool.close()
    with pytest.raises(Unavailable):
        await ping(pool)


async def test_who_waits_for_a_connection_outlives_a_change_of_pools(database_url: str) -> None:
    """A pool that is replaced serves those who came before, the one who waits as well."""
    pool = await open_pool(database_url, max_size=1)
    async with connection(pool) as held:
        waiting = asyncio.create_task(ping(pool))
        await asyncio.sleep(0)
        retiring = asyncio.create_task(retire(pool))
        await held.execute("SELECT pg_sleep(0.02)")
    await asyncio.gather(waiting, retiring)

    with pytest.raises(Unavailable):
        await ping(pool)


async def test_a_pool_is_not_waited_for_for_ever(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has not left by any deadline loses the connection."""
    monkeypatch.setattr(pool_module, "RETIRE_SECONDS", 0.02)
    pool = await open_pool(database_url, max_size=1)
    with pytest.raises(Unavailable):
        await stay_while_it_retires(pool)


async def stay_while_it_retires(pool: Pool) -> None:
    """Keep a connection for longer than its pool is patient."""
    async with connection(pool) as held:
        await retire(pool)
        await held.execute("SELECT 1")


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"], ids=["nul", "half a surrogate pair"])
async def test_text_that_cannot_be_stored_is_the_callers_fault(pool: Pool, text: str) -> None:
    """It is refused as a value out of range, wherever in a document it stands."""
    with pytest.raises(ValidationFailed):
        async with connection(pool) as held:
            await held.fetchval("SELECT $1::text", text)
    with pytest.raises(ValidationFailed):
        async with connection(pool) as held:
            await held.fetchval("SELECT $1::jsonb", {"note": text})


@pytest.mark.parametrize(
    ("query", "error"),
    [("SELECT 1 / 0", asyncpg.DivisionByZeroError), ("SELECT $1::int", asyncpg.InterfaceError)],
)
async def test_a_mistake_of_ours_is_not_disguised(
    pool: Pool, query: str, error: type[Exception]
) -> None:
    """What no caller and no operator can mend stays the bug it is."""
    with pytest.raises(error):
        async with connection(pool) as held:
            await held.fetchval(query)


async def test_a_database_never_migrated_says_so(empty_database_url: str) -> None:
    """Without the vector type there is nothing to work with."""
    superuser = empty_database_url.replace("//facegraph@", "//postgres@")
    extensionless = await asyncpg.connect(superuser)
    await extensionless.execute("DROP EXTENSION vector")
    await extensionless.close()
    with pytest.raises(Unavailable, match="migrated"):
        await open_pool(empty_database_url, max_size=1)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("hnsw.iterative_scan", "strict_order"),
        ("hnsw.ef_search", "77"),
        ("application_name", "facegraph"),
        ("TimeZone", "UTC"),
        ("search_path", "facegraph, public"),
    ],
)
async def test_every_connection_searches_alike(database_url: str, setting: str, value: str) -> None:
    """The settings a search rests on hold once the extension is loaded, and for the next user."""
    async with open_pool(database_url, max_size=1, ef_search=77) as pool:
        async with connection(pool) as held:
            await held.fetchval("SELECT '[1]'::halfvec <=> '[1]'::halfvec")
        async with connection(pool) as held:
            assert await held.fetchval("SELECT current_setting($1)", setting) == value
