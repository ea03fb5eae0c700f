"""What `facegraph doctor` says of a database, against real ones."""

import asyncio
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import psutil
import pytest

from cli.doctor import database
from cli.doctor.case import Case
from cli.doctor.findings import Finding, Level
from db.cluster_files import VERSION
from db.embedded import embedded_server
from db.examination import NotReached, describe
from db.migrate import revisions
from tests.conftest import address_of, administer
from tests.unit.cli.doctor.cases import SHIPPED, shipped_with

SECRET = "p4ssw0rd"


@pytest.fixture
def case(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    """Return a case of the shipped configuration, with the built-in server."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("FACEGRAPH_DATA_DIR", str(data_dir))
    monkeypatch.setenv("FACEGRAPH_SERVE_CONFIG", str(SHIPPED))
    return Case({})


def told(case: Case) -> dict[str, Finding]:
    """Return the findings by their names, as the doctor has them: apart from any loop."""
    return {finding.what: finding for finding in database.database(case)}


async def told_of(url: str, case: Case, monkeypatch: pytest.MonkeyPatch) -> dict[str, Finding]:
    """Return the findings on the database of an address."""
    monkeypatch.setenv("DATABASE_URL", url)
    return await asyncio.to_thread(told, case)


async def test_a_database_as_it_should_be(
    database_url: str, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reached, of a good version, migrated, with room for every connection."""
    found = await told_of(database_url, case, monkeypatch)

    assert {name: each.level for name, each in found.items()} == dict.fromkeys(
        ("database", "pgvector", "schema", "connections"), "good"
    )
    assert f"as facegraph: PostgreSQL {VERSION}." in found["database"].found
    # 3 Matchers of 8 connections and a question each, 3 Ingresses of 4 and 2.
    assert found["connections"].found == "97 may be open; the replicas open 45 at most"


async def test_one_that_was_never_migrated(
    empty_database_url: str, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verb that does it is named."""
    finding = (await told_of(empty_database_url, case, monkeypatch))["schema"]
    assert (finding.level, "facegraph migrate" in finding.mend) == ("doubtful", True)


@pytest.mark.parametrize(
    ("revision", "level", "found"),
    [
        (revisions()[-1], "doubtful", f"revision {revisions()[-1]} of {revisions()[0]}"),
        ("9999", "bad", "newer version"),
    ],
)
async def test_one_of_another_revision(
    database_url: str,
    case: Case,
    monkeypatch: pytest.MonkeyPatch,
    revision: str,
    level: Level,
    found: str,
) -> None:
    """The next start migrates an older one; a newer one is not for this version."""
    statement = f"UPDATE facegraph.alembic_version SET version_num = '{revision}'"  # noqa: S608
    await administer(database_url, statement)
    finding = (await told_of(database_url, case, monkeypatch))["schema"]

    assert (finding.level, found in finding.found) == (level, True)


async def test_an_extension_that_is_missing_or_old(
    database_server: str, empty_database_url: str, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are told, with what to run; who may install it has nothing to mend."""
    name = empty_database_url.partition("?")[0].rpartition("/")[2]
    superuser = address_of(database_server, name, "postgres")
    await administer(
        superuser, "UPDATE pg_extension SET extversion = '0.7.4' WHERE extname = 'vector'"
    )
    old = (await told_of(empty_database_url, case, monkeypatch))["versions"]
    await administer(superuser, "DROP EXTENSION vector")
    missing = (await told_of(empty_database_url, case, monkeypatch))["pgvector"]
    may_install = (await told_of(superuser, Case({}), monkeypatch))["pgvector"]

    assert (old.level, "0.7.4" in old.found) == ("bad", True)
    assert (missing.level, "CREATE EXTENSION" in missing.mend) == ("bad", True)
    assert (may_install.level, "facegraph migrate" in may_install.mend) == ("doubtful", True)


async def test_pools_that_are_too_large(
    database_url: str, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All replicas of a rollout together must find connections."""
    path = tmp_path / "serve_config.yaml"
    path.write_text(shipped_with(("pool_size: 8", "pool_size: 30")))
    monkeypatch.setenv("FACEGRAPH_SERVE_CONFIG", str(path))
    finding = (await told_of(database_url, case, monkeypatch))["connections"]

    assert (finding.level, "open 111 at most" in finding.found) == ("bad", True)


@pytest.fixture
def silent() -> Iterator[int]:
    """Yield a port where somebody listens and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("postgresql://someone:{secret}@127.0.0.1:1/nothing", "refused"),
        ("postgresql://someone:{secret}@127.0.0.1:{silent}/nothing", "does not answer"),
        ("postgresql://someone:{secret}/odd@127.0.0.1/nothing", "is no address"),
        ("mysql://someone:{secret}@127.0.0.1/nothing", "is no address"),
        ("postgresql://someone@[{secret}/nothing", "is no address"),
        ("postgresql://someone:{secret}@127.0.0.1/nothing?sslmode=none", "`sslmode` parameter"),
        (
            "postgresql://someone:{secret}@127.0.0.1/nothing?sslmode=verify-full&sslrootcert=/no",
            "names a certificate or a socket that is not there",
        ),
    ],
)
async def test_one_that_cannot_be_reached(
    silent: int, case: Case, monkeypatch: pytest.MonkeyPatch, address: str, why: str
) -> None:
    """Why is told, within seconds, and nothing of how one gets in."""
    monkeypatch.setattr("db.examination.LONGEST_SECONDS", 0.5)
    url = address.format(secret=SECRET, silent=silent)
    finding = (await told_of(url, case, monkeypatch))["database"]

    assert (finding.level, why in finding.found) == ("bad", True)
    assert SECRET not in repr(finding)


@pytest.mark.usefixtures("unknown_names")
async def test_one_whose_name_nobody_knows(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is not repeated: it may be a password."""
    found = await told_of(f"postgresql://someone@{SECRET}/nothing", case, monkeypatch)

    assert "nobody knows the name" in found["database"].found
    assert SECRET not in repr(found)


@pytest.fixture
def unknown_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no name be known."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)


async def test_a_resolver_that_hangs_holds_nothing_up(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer does not wait for it."""
    ended = Event()

    def hang(*_: object, **__: object) -> None:
        ended.wait(10)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    monkeypatch.setattr("db.examination.LONGEST_SECONDS", 0.05)
    began = time.monotonic()
    found = await told_of("postgresql://someone@somewhere/nothing", case, monkeypatch)
    ended.set()

    assert "does not answer" in found["database"].found
    assert time.monotonic() - began < 5


async def test_one_that_refuses(database_server: str) -> None:
    """A database or an account that is not there is the server's word."""
    with pytest.raises(NotReached, match='database "nothing" does not exist'):
        await describe(address_of(database_server, "nothing"))


def test_a_built_in_server_that_was_never_started(case: Case, data_dir: Path) -> None:
    """An examination makes none."""
    (finding,) = told(case).values()

    assert (finding.level, "made at the first start" in finding.found) == ("good", True)
    assert list(data_dir.iterdir()) == []


def test_a_built_in_server(case: Case, data_dir: Path) -> None:
    """While it runs it is asked; what it left when it was killed is left as it is."""
    with embedded_server(data_dir):
        running = told(case)
        pid_file = data_dir / "postgres" / "postmaster.pid"
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        process.kill()
        psutil.wait_procs([process], timeout=10)
        killed = told(case)

    assert f"PostgreSQL {VERSION} runs on" in running["built-in server"].found
    assert running["schema"].level == "doubtful"
    assert killed.keys() == {"built-in server"}
    assert killed["built-in server"].level == "good"
    assert "was not shut down" in killed["built-in server"].found


@pytest.mark.parametrize(
    ("version", "level", "found"), [(VERSION, "good", "at rest"), (16, "bad", "of PostgreSQL 16")]
)
def test_a_built_in_server_at_rest(
    case: Case, data_dir: Path, version: int, level: Level, found: str
) -> None:
    """Its files are looked at; those of another version need that version."""
    (data_dir / "postgres").mkdir()
    (data_dir / "postgres" / "PG_VERSION").write_text(f"{version}\n")
    finding = told(case)["built-in server"]

    assert (finding.level, found in finding.found) == (level, True)


def test_programs_that_are_missing(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without them, and without DATABASE_URL, there is no database."""
    monkeypatch.setattr(database, "BINARIES", tmp_path)
    assert told(case)["built-in server"].level == "bad"
