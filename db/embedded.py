"""The built-in PostgreSQL 18 + pgvector: its files come in a wheel, its data lie in the data dir.

It lives as long as somebody uses it. Every user holds a shared lock of the kernel on a file, which
even a killed process lets go of; the last one to leave stops the server. So a command run beside
the service finds its server and leaves it running, and one that a killed owner left behind is
taken over. (The package's own way counts process ids in a file, trusts every local user and opens
the folders above to be read: only its binaries are used here.)

It listens on a Unix socket alone, and the kernel says who is calling (peer authentication): the
user who started it and nobody else. There is no password to keep and no port to collide.
"""

import fcntl
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psutil

from db.cluster_files import (
    EmbeddedServerFailed,
    create_cluster,
    server_binary,
    write_configuration,
)
from db.system_account import hand_over, let_through, run_as, server_account

PATIENCE_SECONDS = 120  # Recovery after a crash replays at most `max_wal_size` of log.
LONGEST_SOCKET_PATH = 100  # The kernel's limit is 108 bytes on Linux and 104 on macOS.
POLL_SECONDS = 0.02


@contextmanager
def embedded_server(data_dir: Path) -> Iterator[str]:
    """Yield the address of the server of `data_dir/postgres`, started where it is not running."""
    folder = data_dir.resolve() / "postgres"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "postgres.users").open("w") as users:
        with _one_at_a_time(folder):
            fcntl.flock(users, fcntl.LOCK_SH)
            _ensure_running(folder)
        try:
            yield _address(folder)
        finally:
            with _one_at_a_time(folder):
                _stop_if_last(folder, users.fileno())


def running_address(data_dir: Path) -> str | None:
    """Return the address of the server of `data_dir/postgres` if it runs; nothing is changed."""
    folder = data_dir.resolve() / "postgres"
    return _address(folder) if _postmaster(folder) is not None and _is_ready(folder) else None


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    with folder.with_name("postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _stop_if_last(folder: Path, users: int) -> None:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    if (postmaster := _postmaster(folder)) is not None:
        sockets = Path(_pid_file(folder)[4])
        _stop(postmaster, folder)
        if sockets != folder:
            shutil.rmtree(sockets)


def _ensure_running(folder: Path) -> None:
    if not folder.exists():
        create_cluster(folder)
    # One whose owner was killed while it started or stopped ends up in one state or the other.
    _wait_until(lambda: _postmaster(folder) is None or _is_ready(folder), f"{folder} is not ready")
    if _postmaster(folder) is None:
        _forget_killed_server(folder)
        _start(folder)


def _start(folder: Path) -> None:
    let_through(folder, server_account())
    write_configuration(folder, _socket_folder(folder))
    command = [server_binary("pg_ctl"), "start", f"--pgdata={folder}", "--wait"]
    command += [f"--timeout={PATIENCE_SECONDS}", f"--log={folder / 'start.log'}"]
    # A file instead of a pipe: the server inherits it, and a pipe would never reach its end.
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(  # noqa: S603 - the server's own program, no words of a caller
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            **run_as(server_account()),
        )
        said.seek(0)
        if done.returncode != 0:
            raise EmbeddedServerFailed(f"{folder} did not start: {said.read().strip()}")


def _stop(postmaster: psutil.Process, folder: Path) -> None:
    """Ask for PostgreSQL's fast shutdown: transactions under way end, what is committed is kept.

    Not by pg_ctl, which takes a dead process that nobody has reaped yet for a live one.
    """
    with suppress(psutil.NoSuchProcess):
        postmaster.send_signal(signal.SIGINT)
    _wait_until(lambda: not _serves(postmaster, folder), f"{folder} did not stop")


def _postmaster(folder: Path) -> psutil.Process | None:
    """Return the live server of this folder; a number in a stale file may be anybody's by now."""
    try:
        process = psutil.Process(int(_pid_file(folder)[0]))
        return process if _serves(process, folder) else None
    except (FileNotFoundError, IndexError, psutil.NoSuchProcess):
        return None


def _serves(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.name() == "postgres" and Path(process.cwd()) == folder
    except (psutil.NoSuchProcess, psutil.ZombieProcess, psutil.AccessDenied):
        return False


def _forget_killed_server(folder: Path) -> None:
    """Wait for what a killed server left running, and drop the files that hold its number."""
    _wait_until(
        lambda: not any(_serves(process, folder) for process in psutil.process_iter()),
        f"a process of a killed server still uses {folder}",
    )
    for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
        (folder / name).unlink(missing_ok=True)


def _wait_until(reached: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not reached():
        if time.monotonic() > deadline:
            raise EmbeddedServerFailed(otherwise)
        time.sleep(POLL_SECONDS)


def _is_ready(folder: Path) -> bool:
    try:
        return _pid_file(folder)[-1].strip() == "ready"
    except (FileNotFoundError, IndexError):
        return False  # Not written yet, or just gone.


def _pid_file(folder: Path) -> list[str]:
    """Return process id, folder, start time, port, socket folder, address, memory and status."""
    return (folder / "postmaster.pid").read_text().splitlines()


def _socket_folder(folder: Path) -> Path:
    if len(str(folder / ".s.PGSQL.5432").encode()) <= LONGEST_SOCKET_PATH:
        return folder
    sockets = Path(tempfile.mkdtemp(prefix="facegraph-"))
    hand_over(sockets, server_account())
    return sockets


def _address(folder: Path) -> str:
    port, sockets = _pid_file(folder)[3:5]
    return f"postgresql://facegraph@/facegraph?host={quote(sockets, safe='')}&port={port}"
