"""The pool of connections, and the one place where the database's failures become the domain's."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from pgvector import HalfVector

from db.queries import queries
from deployments.errors import (
    DeadlineExceeded,
    FacegraphError,
    Overloaded,
    Unavailable,
    ValidationFailed,
)

Connection: TypeAlias = PoolConnectionProxy

ACQUIRE_SECONDS = 2.0  # Longer than any query of a healthy gallery, shorter than callers wait.
GRACE_SECONDS = 2.0  # By which a server that no longer answers outstays its own timeout.

SQL = queries("pool")

_UNWRITABLE = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)
_DOWN = (
    OSError,  # Refused, reset, or a client-side timeout: TimeoutError is one of them.
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.TransactionRollbackError,  # A deadlock or a failed serialisation: worth a second try.
)


def open_pool(
    dsn: str,
    *,
    min_size: int = 1,
    max_size: int,
    statement_timeout_seconds: float = 5.0,
    ef_search: int = 100,
) -> asyncpg.Pool:
    """Return a pool to await or to enter; it connects then, and reconnects by itself ever after.

    `ef_search` is how many candidates the vector index keeps in view: more is slower and recalls
    more. Connections are handed on without the usual reset, which would cost every request a
    round trip: nothing here changes the state of a session beyond its transaction.
    """
    return asyncpg.create_pool(
        dsn,
        min_size=min_size,
        max_size=max_size,
        init=_prepare,
        reset=_leave_as_is,
        timeout=ACQUIRE_SECONDS,
        command_timeout=statement_timeout_seconds + GRACE_SECONDS,
        statement_cache_size=512,
        server_settings={
            "application_name": "facegraph",
            "timezone": "UTC",
            "jit": "off",
            "statement_timeout": f"{int(statement_timeout_seconds * 1000)}ms",
            "hnsw.ef_search": str(ef_search),
            "hnsw.iterative_scan": "strict_order",
            "hnsw.max_scan_tuples": "20000",
        },
    )


@asynccontextmanager
async def connection(pool: asyncpg.Pool) -> AsyncIterator[Connection]:
    """Lend a connection; whatever fails on it comes out as an error of the domain.

    Overloaded: all are in use. Unavailable: the database is down, or asks for another try.
    DeadlineExceeded: a statement ran into its timeout. ValidationFailed: text it cannot hold.
    """
    try:
        held = await _acquire(pool)
        try:
            yield held
        except asyncpg.InterfaceError as error:
            # A transaction's farewell on a connection that broke hides why it broke.
            if _is_lost(held):
                raise Unavailable("The connection to the database was lost.") from error
            raise
        finally:
            await pool.release(held)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        if (told := _domain_error(error, pool)) is None:
            raise
        raise told from error


@asynccontextmanager
async def transaction(pool: asyncpg.Pool) -> AsyncIterator[Connection]:
    """Lend a connection inside a transaction that commits on leaving, or leaves nothing."""
    async with connection(pool) as held, held.transaction():
        yield held


async def ping(pool: asyncpg.Pool) -> None:
    """Ask the server for a sign of life; raises as `connection` does."""
    async with connection(pool) as held:
        await held.execute("SELECT 1")


async def _acquire(pool: asyncpg.Pool) -> Connection:
    try:
        return await pool.acquire(timeout=ACQUIRE_SECONDS)
    except TimeoutError as error:
        if pool.get_size() < pool.get_max_size():
            raise Unavailable("The database is not answering.") from error
        raise Overloaded("Every connection to the database is in use.") from error


def _is_lost(held: Connection) -> bool:
    try:
        return held.is_closed()
    except asyncpg.InterfaceError:
        return True  # The pool took it back the moment it broke.


def _domain_error(error: Exception, pool: asyncpg.Pool) -> FacegraphError | None:
    if isinstance(error, asyncpg.QueryCanceledError):
        return DeadlineExceeded("The database took longer than it may.")
    if isinstance(error, _DOWN):
        return Unavailable("The database is not answering.")
    if isinstance(error, _UNWRITABLE) or isinstance(error.__cause__, UnicodeEncodeError):
        return ValidationFailed("Text holds a character that cannot be stored.")
    if isinstance(error, asyncpg.InterfaceError) and pool.is_closing():
        return Unavailable("The service is changing its connections to the database.")
    return None


async def _prepare(connection: asyncpg.Connection) -> None:
    """Teach a new connection where the vector type lives and how values travel."""
    schema = await connection.fetchval(SQL["find_vector_type"])
    if schema is None:
        raise Unavailable("The database has not been migrated.")
    await connection.set_type_codec(
        "halfvec",
        schema=schema,
        encoder=HalfVector.to_binary,
        decoder=HalfVector.from_binary,
        format="binary",
    )
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=_as_json, decoder=json.loads
    )


async def _leave_as_is(connection: asyncpg.Connection) -> None:
    """See `open_pool`."""


def _as_json(value: object) -> str:
    # Unescaped, so that half a surrogate pair fails here as it does in any other text.
    return json.dumps(value, ensure_ascii=False)
