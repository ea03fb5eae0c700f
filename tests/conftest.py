"""A real PostgreSQL for whoever asks: one server a run, one fresh database a test."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import asyncpg
import pytest

from db.accounts import Accounts
from db.embedded import embedded_server
from db.gallery import Gallery
from db.migrate import migrate
from db.pool import open_pool

AMBIGUITY_MARGIN = 0.02
TEMPLATE = "migrated"


def address_of(server: str, database: str, user: str = "facegraph") -> str:
    """Return the address of another database, or for another user, of the same built-in server."""
    return server.replace("//facegraph@/facegraph?", f"//{user}@/{database}?")


@contextmanager
def server_folder() -> Iterator[Path]:
    """Make a folder that a built-in server can live in, and delete it.

    Not one of pytest's: run as root, each pytest that starts closes the folder above them all to
    the user that PostgreSQL runs as.
    """
    with TemporaryDirectory(prefix="facegraph-test-", ignore_cleanup_errors=True) as folder:
        yield Path(folder).resolve()


async def administer(server: str, statement: str) -> None:
    """Run a statement that no transaction may hold."""
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """Yield a folder a built-in server may have for this test."""
    with server_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def database_server() -> Iterator[str]:
    """Yield the address of a server of this run's own."""
    with server_folder() as folder, embedded_server(folder) as address:
        yield address


@pytest.fixture(scope="session")
async def migrated(database_server: str) -> str:
    """Return the name of a database that is migrated, to be cloned and never opened."""
    await administer(database_server, f"CREATE DATABASE {TEMPLATE}")
    await migrate(address_of(database_server, TEMPLATE))
    return TEMPLATE


@pytest.fixture
async def empty_database_url(database_server: str) -> AsyncIterator[str]:
    """Yield the address of a database without a schema, gone after the test."""
    name = f"test_{uuid4().hex}"
    await administer(database_server, f"CREATE DATABASE {name}")
    yield address_of(database_server, name)
    await administer(database_server, f"DROP DATABASE {name}")


@pytest.fixture
async def database_url(database_server: str, migrated: str) -> AsyncIterator[str]:
    """Yield the address of a migrated database, gone after the test."""
    name = f"test_{uuid4().hex}"
    await administer(database_server, f"CREATE DATABASE {name} TEMPLATE {migrated}")
    yield address_of(database_server, name)
    await administer(database_server, f"DROP DATABASE {name}")


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    """Yield a pool on the test's database, wide enough for tests that race."""
    async with open_pool(database_url, max_size=8) as pool:
        yield pool


@pytest.fixture
def gallery(pool: asyncpg.Pool) -> Gallery:
    """Return a gallery on the test's database."""
    return Gallery(pool, AMBIGUITY_MARGIN)


@pytest.fixture
def accounts(pool: asyncpg.Pool) -> Accounts:
    """Return the accounts of the test's database."""
    return Accounts(pool)
