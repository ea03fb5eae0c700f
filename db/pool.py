"""The pool of connections, and the one place where the database's failures become the domain's."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from pgvector import HalfVector

from db import metering
from db.queries import queries
from db.waiting import Waiting
from deployments import tracing
from deployments.breaker import Breaker
from deployments.deadline import in_time, seconds_left
from deployments.errors import (
    DeadlineExceeded,
    FacegraphError,
    Unavailable,
    ValidationFailed,
)

Connection: TypeAlias = PoolConnectionProxy

CONNECT_SECONDS = 2.0
GRACE_SECONDS = 2.0  # By which a server that no longer answers outstays its own timeout.
RELEASE_SECONDS = 0.5  # In which a server that answers breaks a statement off.
RETIRE_SECONDS = 15.0  # In which whoever came before has an answer, or its deadline has passed.
LOOK_SECONDS = 0.05

SQL = queries("pool")

# asyncpg loses its place where a connection has ended and it has not read so yet.
_LOST_PLACE = asyncpg.InternalClientError
_FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, _LOST_PLACE, OSError)
_UNWRITABLE = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)
_AWAY = (
    OSError,  # Refused, reset, or a client-side timeout: TimeoutError is one of them.
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
_DOWN = (
    *_AWAY,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.TransactionRollbackError,  # A deadlock or a failed serialisation: worth a second try.
)


Within: TypeAlias = Callable[[float | None], AbstractAsyncContextManager[object]]
"""What ends after so many seconds, or sooner where it knows better: a breaker's `call`."""


class Pool(asyncpg.Pool):
    """asyncpg's pool, with a bound on who waits for a connection and on how long one is used."""

    def __init__(self, dsn: str, within: Within, *, max_size: int, **options: Any) -> None:
        super().__init__(dsn, max_size=max_size, **options)
        self.within = within
        self.waiting = Waiting(max_size)


def breaker_of(dsn: str) -> Breaker:
    """Return a breaker for the server at this address; one will do for all pools of a process.

    It asks by connecting: neither a pool that is all in use nor a server that takes no more
    connections is away.
    """

    async def ask() -> None:
        (await asyncpg.connect(dsn)).terminate()

    return Breaker("database", ask, _AWAY)


def open_pool(
    dsn: str,
    *,
    min_size: int = 1,
    max_size: int,
    statement_timeout_seconds: float = 5.0,
    ef_search: int = 100,
    breaker: Breaker | None = None,
) -> Pool:
    """Return a pool to await or to enter; it connects then, and reconnects by itself ever after.

    With a breaker nobody waits for a server that is away. `ef_search` is how many candidates the
    vector index keeps in view: more is slower and recalls more. Connections are handed on without
    the usual reset, which would cost every request a round trip: nothing here changes the state of
    a session beyond its transaction.
    """
    return Pool(
        dsn,
        in_time if breaker is None else breaker.call,
        min_size=min_size,
        max_size=max_size,
        max_queries=50_000,
        max_inactive_connection_lifetime=300.0,
        loop=None,
        connection_class=asyncpg.Connection,
        record_class=asyncpg.Record,
        init=_prepare,
        reset=_leave_as_is,
        timeout=CONNECT_SECONDS,
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
async def connection(pool: Pool) -> AsyncIterator[Connection]:
    """Lend a connection until the deadline; what fails on it comes out as an error of the domain.

    Overloaded: all are in use. Unavailable: the database is down, or asks for another try.
    DeadlineExceeded: a statement ran into its timeout, or the caller waits no longer; then the
    server is asked nothing more. ValidationFailed: text it cannot hold.
    """
    try:
        async with pool.within(seconds_left()), _lent(pool) as held:
            yield held
    except _FAILURES as error:
        told = _domain_error(error, pool)
        if not isinstance(told, ValidationFailed):  # Which is the caller's.
            metering.count(error)
        if told is None:
            raise
        raise told from error


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """Lend a connection inside a transaction that commits on leaving, or leaves nothing."""
    async with connection(pool) as held, held.transaction():
        try:
            yield held
        except asyncio.CancelledError:
            # The rollback waits for the server, which may be why this was broken off.
            asyncio.get_running_loop().call_later(RELEASE_SECONDS, _end, held)
            raise


async def ping(pool: Pool) -> None:
    """Ask the server for a sign of life; raises as `connection` does."""
    async with connection(pool) as held:
        await held.execute("SELECT 1")


async def retire(pool: Pool) -> None:
    """Close a pool that nobody comes to any more, once those have left who did.

    asyncpg's own `close` waits for whoever holds a connection, and takes it from who waits for it.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(RETIRE_SECONDS):
            while pool.waiting.inside:  # noqa: ASYNC110  an event would cost every query
                await asyncio.sleep(LOOK_SECONDS)
            await pool.close()
    pool.terminate()


@asynccontextmanager
async def _lent(pool: Pool) -> AsyncIterator[Connection]:
    with pool.waiting.place():
        with tracing.span("connection"):
            held = await pool.acquire()
        try:
            seconds_left()  # What got its connection too late goes no further.
            with pool.waiting.held():
                yield held
        except asyncpg.InterfaceError as error:
            # A transaction's farewell on a connection that broke hides why it broke.
            if _is_lost(held):
                raise Unavailable("The connection to the database was lost.") from error
            raise
        except _LOST_PLACE:
            _end(held)
            raise
        finally:
            # A statement that was broken off ends first; where it does not, the connection ends.
            with suppress(TimeoutError):
                await pool.release(held, timeout=RELEASE_SECONDS)


def _end(held: Connection) -> None:
    with suppress(asyncpg.InterfaceError):  # It was given back in time, or taken back.
        held.terminate()


def _is_lost(held: Connection) -> bool:
    try:
        return held.is_closed()
    except asyncpg.InterfaceError:
        return True  # The pool took it back the moment it broke.


def _domain_error(error: Exception, pool: Pool) -> FacegraphError | None:
    if isinstance(error, asyncpg.QueryCanceledError):
        return DeadlineExceeded("The database took longer than it may.")
    if isinstance(error, _DOWN):
        return Unavailable("The database is not answering.")
    if isinstance(error, _LOST_PLACE):
        return Unavailable("The connection to the database was lost.")
    if isinstance(error, _UNWRITABLE) or isinstance(error.__cause__, UnicodeEncodeError):
        return ValidationFailed("Text holds a character that cannot be stored.")
    if isinstance(error, asyncpg.InterfaceError) and pool.is_closing():
        return Unavailable("The service is changing its connections to the database.")
    return None


async def _prepare(connection: asyncpg.Connection) -> None:
    """Teach a new connection where the vector type lives and how values travel; watch it."""
    metering.watch(connection)
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
