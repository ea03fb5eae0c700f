"""A real PostgreSQL for whoever asks: one server a run, one fresh database a test."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import asyncpg
import hypothesis
import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from db.accounts import Accounts
from db.embedded import embedded_server
from db.gallery import Gallery
from db.migrate import migrate
from db.pool import Pool, open_pool
from tests.distribution import Distribution
from tests.recorded import Recorded, recording

# The brief profile draws the same few examples each time; `make fuzz` draws many, and new ones.
# Neither keeps examples, and what hypothesis notes about the code goes with the run: the checkout
# stays as it was.
NOTES = TemporaryDirectory(prefix="facegraph-test-")
set_hypothesis_home_dir(NOTES.name)
hypothesis.settings.register_profile(
    "brief", max_examples=15, derandomize=True, deadline=None, database=None
)
hypothesis.settings.register_profile("long", max_examples=500, deadline=None, database=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "brief"))

AMBIGUITY_MARGIN = 0.02
TEMPLATE = "migrated"
MEMORY_BYTES = 2 * 2**30  # A server's log alone grows to half of one.


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Distribution | None:
    """Let files that share a service share a worker, where files are what stays together."""
    return Distribution(config, log) if config.getoption("dist") == "loadfile" else None


def address_of(server: str, database: str, user: str = "facegraph") -> str:
    """Return the address of another database, or for another user, of the same built-in server."""
    return server.replace("//facegraph@/facegraph?", f"//{user}@/{database}?")


@contextmanager
def server_folder() -> Iterator[Path]:
    """Make a folder that a built-in server can live in, in memory where that goes, and delete it.

    Not one of pytest's: run as root, each pytest that starts closes the folder above them all to
    the user that PostgreSQL runs as.
    """
    with TemporaryDirectory(
        prefix="facegraph-test-", dir=memory_folder(), ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder).resolve()


def memory_folder() -> Path | None:
    """Return where files are kept in memory; None where there is no such place, or little room.

    Each test's database is three hundred files, made and deleted: on a disk that takes ten times as
    long, and ever longer.
    """
    shared = Path("/dev/shm")  # noqa: S108 - each server has a folder of its own there
    roomy = shared.is_dir() and shutil.disk_usage(shared).free > MEMORY_BYTES
    return shared if roomy else None


async def administer(server: str, statement: str) -> None:
    """Run a statement that no transaction may hold."""
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    """Have spans made during a test, and give those that have ended."""
    with recording() as kept:
        yield kept


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """Yield a folder a built-in server may have for this test."""
    with server_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def database_server() -> Iterator[str]:
    """Yield the address of a server of this run's own, which never waits for a disk.

    Else each test would wait a second for its database to be dropped, and nobody pulls the plug on
    this server; those that tests kill are servers of their own, as durable as any.
    """
    with server_folder() as folder, embedded_server(folder) as address:
        superuser = address_of(address, "facegraph", "postgres")
        asyncio.run(administer(superuser, "ALTER SYSTEM SET fsync = off"))
        asyncio.run(administer(superuser, "SELECT pg_reload_conf()"))
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


@asynccontextmanager
async def clone(server: str, template: str) -> AsyncIterator[str]:
    """Make a database like `template`, yield its address, and drop it."""
    name = f"test_{uuid4().hex}"
    await administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield address_of(server, name)
    await administer(server, f"DROP DATABASE {name}")


@pytest.fixture
async def database_url(database_server: str, migrated: str) -> AsyncIterator[str]:
    """Yield the address of a migrated database, gone after the test."""
    async with clone(database_server, migrated) as address:
        yield address


@pytest.fixture(scope="module")
async def shared_pool(database_server: str, migrated: str) -> AsyncIterator[Pool]:
    """Yield a pool for the tests of a module that keep to people of their own."""
    async with clone(database_server, migrated) as address, open_pool(address, max_size=8) as pool:
        yield pool


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """Yield a pool on the test's database, wide enough for tests that race."""
    async with open_pool(database_url, max_size=8) as pool:
        yield pool


@pytest.fixture
def gallery(pool: Pool) -> Gallery:
    """Return a gallery on the test's database."""
    return Gallery(pool, AMBIGUITY_MARGIN)


@pytest.fixture
def accounts(pool: Pool) -> Accounts:
    """Return the accounts of the test's database."""
    return Accounts(pool)
