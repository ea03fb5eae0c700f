"""What `facegraph doctor` asks of a database, over one connection, within seconds."""

import asyncio
from dataclasses import dataclass

import asyncpg

from db.queries import queries
from db.unreached import NOT_REACHED, why

LONGEST_SECONDS = 5.0

SQL = queries("examination")


class NotReached(Exception):
    """There was no way to the database; the message says why, and never how one gets in."""


@dataclass(frozen=True, slots=True)
class Description:
    """A server and a database, as they are.

    `server` counts as PostgreSQL's `server_version_num`; `vector` is the extension that is
    installed in the database, `available` the one on the machine; `connections` is how many an
    ordinary user may open; `creates` tells whether this user may install the extension; `revision`
    is None before the first migration.
    """

    server: int
    version: str
    database: str
    account: str
    vector: str | None
    available: str | None
    creates: bool
    connections: int
    read_only: bool
    revision: str | None


async def describe(dsn: str) -> Description:
    """Look at the database of this address; raises NotReached."""
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            connection = await asyncpg.connect(dsn)
            try:
                return await _described(connection)
            finally:
                connection.terminate()
    except NOT_REACHED as error:
        raise NotReached(why(error)) from None


async def _described(connection: asyncpg.Connection) -> Description:
    row = await connection.fetchrow(SQL["describe_database"])
    assert row is not None  # noqa: S101  a SELECT without conditions returns its row
    found = dict(row)
    migrated = found.pop("migrated")
    revision = await connection.fetchval(SQL["find_revision"]) if migrated else None
    return Description(**found, revision=revision)
