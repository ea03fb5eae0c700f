"""The built-in server: started, shared, taken over, and never left in the way."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import psutil
import pytest

from db import cluster_files, embedded
from db.cluster_files import EmbeddedServerFailed
from db.embedded import _wait_until, embedded_server

KILLED_OWNER = """
import os, signal, sys
from pathlib import Path
from db.embedded import embedded_server
with embedded_server(Path(sys.argv[1])):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def ask(address: str, query: str) -> object:
    """Ask one question over a connection of its own."""

    async def answer() -> object:
        connection = await asyncpg.connect(address)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(answer())


def server_process(data_dir: Path) -> psutil.Process:
    """Return the server's first process, by the file PostgreSQL keeps."""
    lines = (data_dir / "postgres" / "postmaster.pid").read_text().splitlines()
    return psutil.Process(int(lines[0]))


def has_ended(process: psutil.Process) -> bool:
    """Tell whether it is gone, or dead and only not reaped yet.

    The kernel takes a process's folder from it, which is what a server is known by, before that.
    """
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_it_is_postgresql_18_with_pgvector_for_a_user_who_is_no_superuser(
    database_server: str,
) -> None:
    """The database it hands out has the extension, and its user may not do everything."""
    found = ask(
        database_server,
        "SELECT (current_setting('server_version_num')::int / 10000, extversion >= '0.8', rolsuper)"
        " FROM pg_extension, pg_roles WHERE extname = 'vector' AND rolname = current_user",
    )
    assert found == (18, True, False)


SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "listen_addresses": "",
    "TimeZone": "UTC",
}


def test_what_is_acknowledged_is_kept_and_nobody_calls_from_outside(data_dir: Path) -> None:
    """Settings that durability and privacy rest on are as they must be; a restart loses nothing."""
    shown = ", ".join(f"'{name}', current_setting('{name}')" for name in SETTINGS)
    with embedded_server(data_dir) as address:
        found = ask(address, f"SELECT json_build_object({shown})::text")
        assert json.loads(str(found)) == SETTINGS
        ask(address, "CREATE TABLE kept AS SELECT 7 AS number")
    with embedded_server(data_dir) as address:
        assert ask(address, "SELECT number FROM kept") == 7


def test_the_last_user_to_leave_stops_it(data_dir: Path) -> None:
    """A command beside the service finds its server and leaves it running."""
    with embedded_server(data_dir) as address:
        with embedded_server(data_dir) as beside:
            assert beside == address
        process = server_process(data_dir)
        assert ask(address, "SELECT 1") == 1
    _wait_until(lambda: has_ended(process), "it outlived its last user")


def test_a_path_too_long_for_a_socket_is_no_obstacle(data_dir: Path) -> None:
    """The socket then lies elsewhere, for its owner alone, and goes with the server."""
    far = data_dir / ("long" * 30)
    with embedded_server(far) as address:
        sockets = Path(parse_qs(urlsplit(address).query)["host"][0])
        assert not sockets.is_relative_to(far)
        assert sockets.stat().st_mode & 0o777 == 0o700
    assert not sockets.exists()


def test_a_server_left_by_a_killed_owner_is_taken_over(data_dir: Path) -> None:
    """The next owner finds the very same server, and stops it when it leaves."""
    command = [sys.executable, "-c", KILLED_OWNER, str(data_dir)]
    owner = subprocess.run(command, check=False)
    assert owner.returncode == -signal.SIGKILL
    left = server_process(data_dir)
    with embedded_server(data_dir) as address:
        assert server_process(data_dir) == left
        assert ask(address, "SELECT 1") == 1
    _wait_until(lambda: has_ended(left), "it outlived its last user")


def test_a_killed_server_starts_again_with_what_it_acknowledged(data_dir: Path) -> None:
    """Nothing committed is lost to a kill, and its stale file is no obstacle."""
    with embedded_server(data_dir) as address:
        ask(address, "CREATE TABLE kept AS SELECT 7 AS number")
        process = server_process(data_dir)
        process.kill()
        _wait_until(lambda: has_ended(process), "it outlived the kill")
    with embedded_server(data_dir) as address:
        assert ask(address, "SELECT number FROM kept") == 7


def test_a_stale_file_that_names_somebody_else_is_not_believed(data_dir: Path) -> None:
    """Process ids are used again: one that is alive but no server of this folder stops nobody."""
    with embedded_server(data_dir):
        file = data_dir / "postgres" / "postmaster.pid"
        lines = file.read_text().splitlines()
    file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with embedded_server(data_dir) as address:
        assert ask(address, "SELECT 1") == 1


def test_a_creation_that_was_cut_off_begins_anew(data_dir: Path) -> None:
    """Only a whole cluster ever bears its name."""
    draft = data_dir / "postgres.draft"
    draft.mkdir()
    (draft / "half_a_file").touch()
    with embedded_server(data_dir) as address:
        assert ask(address, "SELECT 1") == 1
    assert not draft.exists()


def test_two_servers_run_side_by_side(database_server: str, data_dir: Path) -> None:
    """There is no port to collide on."""
    with embedded_server(data_dir) as address:
        assert address != database_server
        assert ask(address, "SELECT 1") == ask(database_server, "SELECT 1")


def test_a_server_that_never_gets_ready_is_not_waited_for_forever(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes second gives up in the end and says so; the server is not harmed."""
    with embedded_server(data_dir) as address:
        file = data_dir / "postgres" / "postmaster.pid"
        ready = file.read_text()
        file.write_text(ready.replace("ready", "starting"))
        monkeypatch.setattr(embedded, "PATIENCE_SECONDS", 0.05)
        with pytest.raises(EmbeddedServerFailed, match="not ready"), embedded_server(data_dir):
            pass
        monkeypatch.undo()
        file.write_text(ready)
        assert ask(address, "SELECT 1") == 1


def test_a_cluster_that_cannot_be_created_says_why(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement that fails while it is made fails the whole; the next attempt begins anew."""
    mistake = (("template1", "CREATE EXTENSION victor"),)
    monkeypatch.setattr(cluster_files, "FIRST_STATEMENTS", mistake)
    with pytest.raises(EmbeddedServerFailed, match="victor"), embedded_server(data_dir):
        pass
    monkeypatch.undo()
    with embedded_server(data_dir) as address:
        assert ask(address, "SELECT 1") == 1


def test_a_server_that_cannot_start_says_why(data_dir: Path) -> None:
    """The message names the folder and holds what the server said."""
    with embedded_server(data_dir):
        pass
    (data_dir / "postgres" / "PG_VERSION").write_text("11\n")
    with pytest.raises(EmbeddedServerFailed, match="did not start"), embedded_server(data_dir):
        pass
