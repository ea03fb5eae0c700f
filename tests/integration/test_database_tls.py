"""The way to a PostgreSQL elsewhere, encrypted and verified, against the server Debian ships.

The built-in server is made without TLS. Debian has no pgvector of 0.8 for its PostgreSQL 15, so
`migrate` gets as far as saying that it is missing, which it learns through the connection.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import asyncpg
import pytest
from typer.testing import CliRunner

from cli.main import app
from config.serve_environment import free_ports
from config.settings import settings
from db.migrate import UnsuitableDatabase, migrate
from db.system_account import hand_over, run_as, server_account
from tests.certificates import Authority
from tests.conftest import server_folder

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
PASSWORD = "a-password-of-the-database"
CONFIGURATION = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
ssl = on
ssl_cert_file = '{certificate}'
ssl_key_file = '{key}'
ssl_min_protocol_version = 'TLSv1.2'
fsync = off
"""
WHO_MAY_CONNECT = "hostssl all all 127.0.0.1/32 scram-sha-256\n"

pytestmark = pytest.mark.skipif(not BINARIES, reason="Debian's PostgreSQL is not installed here")


def run(program: str, *arguments: str) -> None:
    """Run a program of the server's as the user it belongs to."""
    subprocess.run(
        [BINARIES[-1] / program, *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        **run_as(server_account()),
    )


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Give a folder that belongs to the user the server runs as."""
    with server_folder() as made:
        hand_over(made, server_account())
        yield made


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    """Make the authority that signed the server's certificate."""
    return Authority(folder)


@pytest.fixture(scope="module")
def port(folder: Path, authority: Authority) -> Iterator[int]:
    """Start a server whose certificate is for `localhost`, and which takes nothing unencrypted."""
    data, password = folder / "data", folder / "password"
    password.write_text(PASSWORD)
    files = (password, *authority.issue("localhost", folder))
    for path in files:
        hand_file_over(path)
    run("initdb", "-D", str(data), "-U", "someone", "-A", "scram-sha-256", "--no-sync",
        f"--pwfile={password}")  # fmt: skip
    (number,) = free_ports(1)
    chosen = CONFIGURATION.format(port=number, certificate=files[1], key=files[2])
    (data / "postgresql.conf").write_text(chosen)
    (data / "pg_hba.conf").write_text(WHO_MAY_CONNECT)
    run("pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-w", "start")
    yield number
    run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")


def hand_file_over(path: Path) -> None:
    """Make a file one that the server's user alone can read."""
    path.chmod(0o600)
    account = server_account()
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid)


def address(port: int, host: str = "localhost", **options: object) -> str:
    """Return the address of the server's first database, with these options."""
    asked = urlencode({name: str(value) for name, value in options.items()})
    return f"postgresql://someone:{PASSWORD}@{host}:{port}/postgres?{asked}"


async def test_a_verified_connection(port: int, authority: Authority) -> None:
    """With the authority's certificate at hand the server is known, and says that all is TLS."""
    verified = address(port, sslmode="verify-full", sslrootcert=authority.certificate)
    connection = await asyncpg.connect(verified)
    encrypted = await connection.fetch(
        "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    )
    await connection.close()

    assert [tuple(row) for row in encrypted] == [(True, "TLSv1.3")]


async def test_migrate_speaks_tls(port: int, authority: Authority) -> None:
    """The verified address is good for the migration, which finds what this server lacks."""
    verified = address(port, sslmode="verify-full", sslrootcert=authority.certificate)
    with pytest.raises(UnsuitableDatabase, match=r"pgvector 0\.8 or newer is"):
        await migrate(verified)


@pytest.fixture
def refused(request: pytest.FixtureRequest, port: int, authority: Authority, tmp_path: Path) -> str:
    """Return an address that must not be connected to."""
    addresses = {
        "another authority": address(
            port, sslmode="verify-full", sslrootcert=Authority(tmp_path).certificate
        ),
        "another host": address(
            port, "127.0.0.1", sslmode="verify-full", sslrootcert=authority.certificate
        ),
        "no encryption": address(port, sslmode="disable"),
        "no certificate of an authority": address(
            port, sslmode="verify-full", sslrootcert=tmp_path / "absent.crt"
        ),
        "a mode nobody knows": address(port, sslmode="verify"),
    }
    return addresses[request.param]


@pytest.mark.parametrize(
    ("refused", "told"),
    [
        ("another authority", "the database's certificate is not accepted: "),
        ("another host", "certificate is not valid for '127.0.0.1'"),
        ("no encryption", "no encryption"),
        ("no certificate of an authority", "names a certificate or a socket that is not there"),
        ("a mode nobody knows", "DATABASE_URL: `sslmode` parameter must be one of"),
    ],
    indirect=["refused"],
)
def test_what_is_not_verified_is_not_used(
    refused: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`facegraph migrate` ends with one sentence that says why, and shows no password."""
    monkeypatch.setenv("DATABASE_URL", refused)
    settings.cache_clear()
    result = CliRunner().invoke(app, ["migrate"])
    settings.cache_clear()

    assert (result.exit_code, result.output.count("\n")) == (1, 1)
    assert told in result.output
    assert PASSWORD not in result.output


def test_a_wrong_password_is_one_sentence(
    port: int, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the password that was tried nor a traceback is shown."""
    verified = address(port, sslmode="verify-full", sslrootcert=authority.certificate)
    monkeypatch.setenv("DATABASE_URL", verified.replace(PASSWORD, "another-password"))
    settings.cache_clear()
    result = CliRunner().invoke(app, ["migrate"])
    settings.cache_clear()

    assert result.exit_code == 1
    assert result.output == (
        'facegraph: the database refuses: password authentication failed for user "someone"\n'
    )
