"""Brings a database to the schema this version speaks, or says why it cannot."""

from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from db.queries import queries
from db.unreached import NOT_REACHED, why

OLDEST_SERVER = 15_00_00
OLDEST_VECTOR = (0, 8)

SQL = queries("schema")


class UnsuitableDatabase(Exception):
    """This version cannot work with the database; the message says what to do about it."""


async def migrate(dsn: str) -> None:
    """Apply what is missing and ensure the collection `default`, all in one transaction.

    Replicas that start together wait for one another and the first does it.
    """
    # The driver reads the address itself, so that it means here what it means to the pool.
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: _connect(dsn), poolclass=NullPool
    )
    async with engine.begin() as connection:
        await connection.execute(text(SQL["lock_schema"]))
        await _ensure_vector(connection)
        await connection.execute(text(SQL["create_schema"]))
        await connection.run_sync(_upgrade)
        await connection.execute(text(SQL["ensure_default_collection"]))


async def _connect(dsn: str) -> asyncpg.Connection:
    """Return a connection; raises UnsuitableDatabase where there is no way to it."""
    try:
        return await asyncpg.connect(dsn)
    except NOT_REACHED as error:
        raise UnsuitableDatabase(why(error)) from error


async def _ensure_vector(connection: AsyncConnection) -> None:
    found = (await connection.execute(text(SQL["describe_server"]))).one()
    refuse_unsuitable(found.server, found.vector or found.available)
    if found.vector is None:
        try:
            await connection.execute(text(SQL["create_extension"]))
        except DBAPIError as error:
            raise UnsuitableDatabase(
                "this user may not create the extension pgvector: let a superuser run "
                "CREATE EXTENSION vector in this database"
            ) from error


def refuse_unsuitable(server: int, vector: str | None) -> None:
    """Raise UnsuitableDatabase for a PostgreSQL before 15 or a pgvector that lacks or is old."""
    if server < OLDEST_SERVER:
        raise UnsuitableDatabase(f"PostgreSQL 15 or newer is needed, this is {server // 10_000}")
    if vector is None:
        raise UnsuitableDatabase("pgvector 0.8 or newer is not installed on the database's machine")
    if tuple(int(part) for part in vector.split(".")[:2]) < OLDEST_VECTOR:
        raise UnsuitableDatabase(
            f"pgvector 0.8 or newer is needed, this is {vector}: install a newer one "
            "and run ALTER EXTENSION vector UPDATE"
        )


def revisions() -> tuple[str, ...]:
    """Return the revisions that this version knows, the newest first."""
    scripts = ScriptDirectory.from_config(_config())
    return tuple(each.revision for each in scripts.walk_revisions())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    _refuse_newer(connection)
    command.upgrade(config, "head")


def _refuse_newer(connection: Connection) -> None:
    context = MigrationContext.configure(connection, opts={"version_table_schema": "facegraph"})
    unknown = set(context.get_current_heads()) - set(revisions())
    if unknown:
        raise UnsuitableDatabase(
            f"the schema is at revision {', '.join(sorted(unknown))}, "
            "which a newer version of facegraph made: start that version"
        )
