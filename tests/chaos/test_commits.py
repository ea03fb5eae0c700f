"""A write that is committed and never acknowledged, made so for certain."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx
import pytest

from tests.acceptance.conftest import DEFAULT, Running, enrol
from tests.chaos.conftest import Dying
from tests.chaos.deaths import kill
from tests.chaos.surroundings import REPLICAS, Server, replicas

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

LATE = "committed-late"
# Runs inside COMMIT, before anybody sees the rows: whoever holds the lock holds the commit.
HOLD_COMMIT = """
    CREATE FUNCTION hold_commit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER hold_commit AFTER INSERT ON facegraph.identities
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (new.external_id = 'committed-late') EXECUTE FUNCTION hold_commit();
"""
LET_COMMIT_GO = "DROP TRIGGER hold_commit ON facegraph.identities; DROP FUNCTION hold_commit()"
TAKE, GIVE_BACK = "SELECT pg_advisory_lock(4711)", "SELECT pg_advisory_unlock(4711)"
WAITING = """
    SELECT count(*) FROM pg_sleep(0.02), pg_locks
    WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted
"""
VISIBLE = """
    SELECT count(*) FROM pg_sleep(0.02), facegraph.identities
    WHERE external_id = 'committed-late'
"""


async def test_matchers_are_killed_between_commit_and_reply(
    up: Running, elsewhere: Server, death: Dying, portrait: bytes
) -> None:
    """Such a write is not acknowledged, is there, and is told from a new one when tried again.

    Both matchers are stopped while PostgreSQL holds the commit, which is then let go: once the row
    is visible the commit is done, and a process that is stopped has not read so. Then they die.
    """
    answers: list[httpx.Response] = []
    asking = threading.Thread(
        target=lambda: answers.append(enrol(up.client, DEFAULT, LATE, portrait))
    )
    async with held_commit(elsewhere) as holder:
        with death(up, "both Matchers, killed between commit and reply") as each:
            asking.start()
            await until(holder, WAITING)
            victims = replicas(up, "Matcher")
            for victim in victims:
                victim.suspend()
            await holder.execute(GIVE_BACK)
            await until(holder, VISIBLE)
            each.strike(lambda: kill(*victims))
            each.heal("Ray Serve starts others", lambda: len(replicas(up, "Matcher")) == REPLICAS)
            asking.join()
    again = enrol(up.client, DEFAULT, LATE, portrait)

    each.assert_in_the_contract()
    assert [(each.status_code, each.json()["code"]) for each in answers] == [(503, "unavailable")]
    assert (again.status_code, again.json()["code"]) == (409, "already_exists")


@asynccontextmanager
async def held_commit(server: Server) -> AsyncIterator[asyncpg.Connection]:
    """Hold the commit of whoever is called LATE, until the lock of this connection is let go."""
    await server.execute(HOLD_COMMIT)
    holder = await asyncpg.connect(server.superuser)
    try:
        await holder.execute(TAKE)
        yield holder
    finally:
        await holder.close()
        await server.execute(LET_COMMIT_GO)


async def until(connection: asyncpg.Connection, count: str, seconds: float = 4.0) -> None:
    """Ask until a count is one: sooner than the statement that waits is ended by its timeout."""
    async with asyncio.timeout(seconds):
        while await connection.fetchval(count) != 1:
            pass
