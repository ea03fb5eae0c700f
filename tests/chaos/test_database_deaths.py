"""A database that is away, hangs, is held up, is full of others, or has no disk left."""

import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import asyncpg
import psutil
import pytest

from tests.acceptance.conftest import Running
from tests.chaos.conftest import Dying
from tests.chaos.deaths import Death, kill
from tests.chaos.surroundings import Server, doubled

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

BY_ITSELF = "by itself: the pools connect anew"
SERVERS_OWN = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1"
ENOUGH = 20  # Answers of a kind, so that it is no accident of the moment of a death.


def seen(death: Death, *outcomes: str) -> Callable[[], bool]:
    """Return whether callers have met each of these often enough."""
    return lambda: all(death.callers.outcomes(death.struck)[each] >= ENOUGH for each in outcomes)


def test_postgresql_is_killed(up: Running, elsewhere: Server, death: Dying) -> None:
    """What it has acknowledged it has written down; it recovers at the next start."""
    with death(up, "PostgreSQL, killed") as each:
        each.strike(lambda: kill(elsewhere.postmaster()))
        each.wait(seen(each, "503 unavailable"))
        elsewhere.start()
        each.heal(f"its supervisor starts it; {BY_ITSELF}", lambda: True)
    each.assert_in_the_contract()


def test_postgresql_is_stopped(up: Running, elsewhere: Server, death: Dying) -> None:
    """For as long as it is away, whoever needs it is told 503, and detecting goes on."""
    with death(up, "PostgreSQL, stopped for ten seconds") as each:
        each.strike(elsewhere.stop)
        each.wait(lambda: each.elapsed() > 10)
        elsewhere.start()
        each.heal(f"its operator starts it; {BY_ITSELF}", lambda: True)
    each.assert_in_the_contract()


def test_postgresql_hangs(up: Running, elsewhere: Server, death: Dying) -> None:
    """A server that says nothing at all is given up on, and used again when it goes on."""
    postmaster = elsewhere.postmaster()
    processes = [postmaster, *postmaster.children()]
    with death(up, "PostgreSQL, hung for fifteen seconds") as each:
        try:
            each.strike(lambda: signal_all(processes, psutil.Process.suspend))
            each.wait(lambda: each.elapsed() > 15)
        finally:
            signal_all(processes, psutil.Process.resume)
        each.heal("by itself, once it goes on", lambda: True)
    each.assert_in_the_contract()


async def test_a_table_is_locked(up: Running, elsewhere: Server, death: Dying) -> None:
    """Who needs it is told 503, 504 or 429 in time; others are not held up."""
    with death(up, "a table of PostgreSQL, locked by somebody") as each:
        async with connected(elsewhere.superuser) as somebody, somebody.transaction():
            await somebody.execute("LOCK TABLE facegraph.identities IN ACCESS EXCLUSIVE MODE")
            each.strike(lambda: None)
            each.wait(lambda: each.elapsed() > 12)
        each.heal("by itself, once the lock is gone", lambda: True)
    each.assert_in_the_contract()


async def test_others_take_all_connections(up: Running, elsewhere: Server, death: Dying) -> None:
    """A service that has lost its connections and gets none says 503 until there is room."""
    with death(up, "PostgreSQL, with every connection taken by others") as each:
        async with crowded(elsewhere) as others:
            each.strike(lambda: None)
            while not seen(each, "503 unavailable")():
                await others.press()
        each.heal("by itself, once others leave", lambda: True)
    each.assert_in_the_contract()


def signal_all(processes: list[psutil.Process], signal: Callable[[psutil.Process], object]) -> None:
    """Stop processes, or let them go on; those that have ended meanwhile need neither."""
    for each in processes:
        with suppress(psutil.NoSuchProcess):
            signal(each)


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[asyncpg.Connection]:
    """Lend a connection for as long as the block lasts."""
    connection = await asyncpg.connect(address)
    try:
        yield connection
    finally:
        await connection.close()


class Crowd:
    """Clients who take every connection there is, and end those of the service."""

    def __init__(self, server: Server, administrator: asyncpg.Connection) -> None:
        self._server, self._administrator = server, administrator
        self.taken: list[asyncpg.Connection] = []

    async def press(self) -> None:
        """End the service's connections, and take theirs before they come back."""
        await self._administrator.fetch(SERVERS_OWN, "facegraph")
        with suppress(asyncpg.TooManyConnectionsError):
            while True:
                self.taken.append(await asyncpg.connect(self._server.url))


@asynccontextmanager
async def crowded(server: Server) -> AsyncIterator[Crowd]:
    """Let others come, who leave with the block."""
    async with connected(server.superuser) as administrator:
        crowd = Crowd(server, administrator)
        try:
            yield crowd
        finally:
            for each in crowd.taken:
                await each.close()


# A disk of its own


@pytest.fixture(scope="module")
def disk() -> Iterator[Path]:
    """Give a disk of 400 MB; only root may mount one."""
    with tempfile.TemporaryDirectory(prefix="fg-") as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", folder]
        if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode != 0:
            pytest.skip("a small disk can be mounted by root alone, and not everywhere")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


@pytest.fixture(scope="module")
def small(disk: Path) -> Iterator[Server]:
    """Give a database server on that disk."""
    server = Server(disk)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def cramped(small: Server) -> Iterator[Running]:
    """Give a service that uses it."""
    with (
        tempfile.TemporaryDirectory(prefix="fg-") as folder,
        doubled(Path(folder), small.url) as up,
    ):
        yield up


def test_the_disk_of_postgresql_is_full(cramped: Running, disk: Path, death: Dying) -> None:
    """Who would write is told 503, who reads is served, until there is room again."""
    with death(cramped, "the disk of PostgreSQL, full") as each:
        with filled(disk):
            each.strike(lambda: None)
            each.wait(seen(each, "503 unavailable"))
        each.heal("by itself, once there is room", lambda: True)
    each.assert_in_the_contract()


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Leave not a byte free."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(2**16))
    try:
        yield
    finally:
        ballast.unlink()
