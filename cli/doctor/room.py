"""Room on the machine: memory, files that may be open, and disk."""

import os
import resource
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from cli.cluster import OBJECT_STORE_BYTES
from cli.doctor.case import Case
from cli.doctor.findings import Finding, bad, doubtful, good
from cli.doctor.replicas import most_replicas
from config.cgroups import memory_room
from config.session_folder import session_folder_path

# Measured, docs/bounds.md: a service with one embedder, and each embedder more with its decoder.
SERVICE_BYTES = 1_690_000_000
EMBEDDER_BYTES = 330_000_000

FEWEST_FILES, ENOUGH_FILES = 1024, 8192  # Ray warns below 4096 and asks for 8192.
LEAST_DISK, ENOUGH_DISK = 10**9, 5 * 10**9


def memory(case: Case) -> Iterator[Finding]:
    """Check that there is room for a service, or tell what the one that runs holds."""
    if case.running:
        held = sum(map(_resident, case.running)) / 1e9
        yield good("memory", f"a service runs on {case.data_dir} and holds {held:.1f} GB")
        return
    room = psutil.virtual_memory().available
    limit = memory_room(case.root)
    room, whose = (room, "free") if limit is None else min((room, "free"), (limit, "in the limit"))
    most = SERVICE_BYTES + EMBEDDER_BYTES * (most_replicas(case.schema, "Embedder") - 1)
    found = f"{room / 1e9:.1f} GB {whose}; a service takes {SERVICE_BYTES / 1e9:.1f} GB"
    found += f", with all its embedders {most / 1e9:.1f} GB"
    if room < SERVICE_BYTES:
        yield bad("memory", found, "Give it more memory: processes would be ended at random.")
    elif room < most:
        mend = "Give it more memory, or lower max_replicas of the Embedder in serve_config.yaml."
        yield doubtful("memory", found, mend)
    else:
        yield good("memory", found)


def shared_memory(case: Case) -> Iterator[Finding]:
    """Check that Ray's object store, the smallest there is, finds room where it belongs."""
    folder = case.root / "dev/shm"
    if not folder.is_dir():
        yield good("shared memory", "there is no /dev/shm here; Ray uses files")
        return
    free = shutil.disk_usage(folder).free
    found = f"{free / 2**20:.0f} MiB free in /dev/shm, Ray's store takes "
    found += f"{OBJECT_STORE_BYTES / 2**20:.0f} MiB"
    if free >= OBJECT_STORE_BYTES or case.running:
        yield good("shared memory", found)
    else:
        mend = "Make it larger (docker: --shm-size=128m); until then Ray's store is a file in /tmp."
        yield doubtful("shared memory", found, mend)


def open_files(_: Case) -> Iterator[Finding]:
    """Check how many files and connections a process may open; Ray raises it as far as it can."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    found = "no limit" if hard == resource.RLIM_INFINITY else f"at most {hard}"
    mend = f"Raise it to {ENOUGH_FILES} or more: `ulimit -n`, LimitNOFILE= of systemd."
    if hard == resource.RLIM_INFINITY or hard >= ENOUGH_FILES:
        yield good("open files", found)
    elif hard >= FEWEST_FILES:
        yield doubtful("open files", found, mend)
    else:
        yield bad("open files", found, mend)


def disk(case: Case) -> Iterator[Finding]:
    """Check room and rights where data, and where sockets and logs, are kept."""
    yield _room("data directory", case.data_dir, "Another place: FACEGRAPH_DATA_DIR.")
    sessions = session_folder_path()
    owner = sessions.lstat().st_uid if sessions.is_symlink() or sessions.exists() else os.geteuid()
    if sessions.is_symlink() or owner != os.geteuid():
        yield bad("sockets and logs", f"{sessions} belongs to somebody else", "Remove it.")
    else:
        yield _room("sockets and logs", sessions, "Old sessions in it may be removed.")


def _resident(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        used = process.memory_full_info()
        return int(getattr(used, "pss", used.rss))
    return 0


def _room(what: str, folder: Path, remedy: str) -> Finding:
    """Look at the nearest folder that is there: the others are made in it."""
    nearest = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(nearest).free
    found = f"{folder}, {free / 1e9:.0f} GB free"
    if not os.access(nearest, os.W_OK | os.X_OK):
        return bad(what, f"{nearest} cannot be written to", f"Give it to this user. {remedy}")
    if free < LEAST_DISK:
        return bad(what, found, f"Make room: a full disk ends enrolments. {remedy}")
    if free < ENOUGH_DISK:
        return doubtful(what, found, f"Make room before it is full. {remedy}")
    return good(what, found)
