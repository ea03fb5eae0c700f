"""The machine: Python, processor, memory, files, disk, clock."""

import ctypes
import os
import platform
import resource
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from cli.cluster import OBJECT_STORE_BYTES
from cli.doctor.case import Case
from cli.doctor.cgroups import cpu_quota, memory_room
from cli.doctor.findings import Finding, bad, doubtful, good
from cli.doctor.replicas import most_replicas
from config.session_folder import session_folder_path

OLDEST_PYTHON, FIRST_TOO_NEW = (3, 11), (3, 14)  # `requires-python` of pyproject.toml

# Measured, docs/bounds.md, and 0.1 GB of Telemetry, which came later: a service with one embedder,
# and each embedder more with its decoder.
SERVICE_BYTES = 1_670_000_000
EMBEDDER_BYTES = 330_000_000

FEWEST_FILES, ENOUGH_FILES = 1024, 8192  # Ray warns below 4096 and asks for 8192.
LEAST_DISK, ENOUGH_DISK = 10**9, 5 * 10**9
TIME_ERROR = 5  # What adjtimex returns of a clock that nothing sets.


def python(_: Case) -> Iterator[Finding]:
    """Check the version of Python."""
    found = f"{platform.python_version()}, {sys.executable}"
    if OLDEST_PYTHON <= sys.version_info[:2] < FIRST_TOO_NEW:
        yield good("Python", found)
    else:
        yield bad("Python", found, "Use Python 3.11, 3.12 or 3.13.")


def account(_: Case) -> Iterator[Finding]:
    """Check who the service would run as."""
    if os.geteuid():
        yield good("user", f"uid {os.geteuid()}")
    else:
        mend = "Start the service as a user of its own: as root, decoding is confined less."
        yield doubtful("user", "root", mend)


def processor(case: Case) -> Iterator[Finding]:
    """Check how many cores may be used, and what they can compute."""
    here = psutil.cpu_count() or 1
    may = usable_cores(case)
    found = f"{here} cores of {platform.machine()}"
    if may < here:
        mend = (
            "Give it all cores, or keep Ray's shares within these: num_cpus times max_replicas in "
            "serve_config.yaml."
        )
        yield doubtful("cores", f"{found}, {may:g} of which may be used", mend)
    else:
        yield good("cores", found)
    yield _instructions(case)


def usable_cores(case: Case) -> float:
    """Return the cores that affinity and control groups leave."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    quota = cpu_quota(case.root)
    return min(psutil.cpu_count() or 1, *(each for each in (affinity, quota) if each is not None))


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
    yield _room("data directory", case.data_dir, "FACEGRAPH_DATA_DIR")
    sessions = session_folder_path()
    owner = sessions.lstat().st_uid if sessions.is_symlink() or sessions.exists() else os.geteuid()
    if sessions.is_symlink() or owner != os.geteuid():
        yield bad("sockets and logs", f"{sessions} belongs to somebody else", "Remove it.")
    else:
        yield _room("sockets and logs", sessions, "old sessions in it")


def clock(_: Case) -> Iterator[Finding]:
    """Check that something keeps the clock right: Ray Serve sees no deaths when it is set back."""
    state = _clock_state()
    if state is None or state < 0:
        mend = "See that the machine's clock is kept right by NTP, and slewed, not stepped."
        yield doubtful("clock", "nobody here can tell whether it is kept right", mend)
    elif state == TIME_ERROR:
        mend = (
            "Let chrony or systemd-timesyncd keep it: tokens expire by it, checks are timed by it."
        )
        yield doubtful("clock", "not synchronised", mend)
    else:
        yield good("clock", "synchronised")


def _instructions(case: Case) -> Finding:
    flags: set[str] = set()
    with suppress(OSError):
        lines = (case.root / "proc/cpuinfo").read_text().splitlines()
        flags = {flag for line in lines if line.startswith("flags") for flag in line.split()}
    if platform.machine() not in {"x86_64", "AMD64"}:
        return good("instructions", f"{platform.machine()}: nothing to choose")
    if not flags:
        return doubtful("instructions", "the system does not tell", "See that it has AVX2.")
    if "avx512f" in flags:
        return good("instructions", "AVX-512")
    if "avx2" in flags:
        return good("instructions", "AVX2, without AVX-512: a photo takes up to twice as long")
    mend = (
        "Use a machine, or a type of virtual CPU, that has AVX2: models run several times faster."
    )
    return doubtful("instructions", "no AVX2", mend)


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
        return bad(
            what, f"{nearest} cannot be written to", f"Give it to this user, or see {remedy}."
        )
    if free < LEAST_DISK:
        return bad(what, found, f"Make room: a full disk ends enrolments. See {remedy}.")
    if free < ENOUGH_DISK:
        return doubtful(what, found, f"Make room before it is full. See {remedy}.")
    return good(what, found)


def _clock_state() -> int | None:
    """Ask the kernel, changing nothing: all modes of the structure are 0."""
    with suppress(OSError, AttributeError):
        return int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)))
    return None
