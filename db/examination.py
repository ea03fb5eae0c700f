"""What `facegraph doctor` asks of a database, over one connection, within seconds."""

import asyncio
import os
from dataclasses import dataclass
from socket import gaierror
from ssl import SSLCertVerificationError

import asyncpg

from db.queries import queries

LONGEST_SECONDS = 5.0

SQL = queries("examination")


class NotReached(Exception):
    """There was no way to the database; the message says why, and never how one gets in."""


@dataclass(frozen=True, slots=True)
class Description:
    """A server and a database, as they are.

    `server` counts as PostgreSQL's `server_version_num`; `vector` is the extension that is
    installed in the database, `available` the one on the machine; `connections` is how many an
    ordinary user may open; `revision` is None before the first migration.
    """

    server: int
    version: str
    database: str
    account: str
    vector: str | None
    available: str | None
    connections: int
    shared_buffers: str
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
    except TimeoutError:
        raise NotReached(f"no answer within {LONGEST_SECONDS:g} s") from None
    except SSLCertVerificationError as error:
        raise NotReached(f"its certificate is not accepted: {error.verify_message}") from None
    except asyncpg.PostgresError as error:
        raise NotReached(f"it refuses: {error}") from None
    except gaierror:
        raise NotReached("nobody knows the name of its machine") from None
    except OSError as error:
        # Never the error's own text: what it quotes may be a password that was taken for a host.
        told = os.strerror(error.errno) if error.errno else type(error).__name__
        raise NotReached(told) from None
    except (asyncpg.InterfaceError, ValueError):
        raise NotReached("DATABASE_URL is no address of a database") from None


async def _described(connection: asyncpg.Connection) -> Description:
    row = await connection.fetchrow(SQL["describe_database"])
    assert row is not None  # noqa: S101  a SELECT without conditions returns its row
    found = dict(row)
    migrated = found.pop("migrated")
    revision = await connection.fetchval(SQL["find_revision"]) if migrated else None
    return Description(**found, revision=revision)
