"""What is said of a machine, by what it is."""

import os
import platform
import resource
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from cli.doctor import machine
from cli.doctor.case import Case
from cli.doctor.findings import Level
from cli.leftovers import mark
from config import session_folder
from tests.unit.cli.doctor.cases import MakeCase, only, told
from tests.unit.cli.test_leftovers import marked_process


class Room(NamedTuple):
    """What shutil tells of a disk."""

    free: int


@pytest.mark.parametrize(
    ("version", "level"),
    [((3, 10, 9), "bad"), ((3, 11, 0), "good"), ((3, 13, 5), "good"), ((3, 14, 0), "bad")],
)
def test_python(
    case: Case, monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], level: Level
) -> None:
    """Only what pyproject.toml allows."""
    monkeypatch.setattr(sys, "version_info", version)
    assert only(machine.python(case)).level == level


@pytest.mark.parametrize(("uid", "level"), [(0, "doubtful"), (1000, "good")])
def test_account(case: Case, monkeypatch: pytest.MonkeyPatch, uid: int, level: Level) -> None:
    """Root is better not who serves."""
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    assert only(machine.account(case)).level == level


def described(folder: Path, flags: str = "", cgroup: str = "", quota: str = "") -> Path:
    """Write what a machine says of its processor, and return its folder."""
    files = {
        "proc/cpuinfo": f"processor : 0\nflags : fpu {flags}\n" if flags else "",
        "proc/self/cgroup": cgroup,
        "sys/fs/cgroup/cpu.max": quota,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_fewer_cores_than_there_are(
    make: MakeCase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ray counts all of them; affinity and quota may leave fewer."""
    monkeypatch.setattr(psutil, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(4)))
    root = described(tmp_path / "machine", "avx2", "0::/\n", "150000 100000")
    pinned = told(machine.processor(make()))["cores"]
    bounded = told(machine.processor(make(root)))["cores"]

    assert (pinned.level, bounded.level) == ("doubtful", "doubtful")
    assert "8 cores" in pinned.found
    assert "4 of which may be used" in pinned.found
    assert "1.5 of which may be used" in bounded.found


def test_all_cores(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing to say where all may be used."""
    monkeypatch.setattr(psutil, "cpu_count", lambda: 4)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(4)))
    monkeypatch.setattr(machine, "cpu_quota", lambda _: None)
    assert told(machine.processor(case))["cores"].level == "good"


@pytest.mark.parametrize(
    ("kind", "flags", "level", "found"),
    [
        ("x86_64", "avx2 avx512f", "good", "AVX-512"),
        ("x86_64", "avx avx2", "good", "AVX2"),
        ("x86_64", "sse4_2", "doubtful", "no AVX2"),
        ("x86_64", "", "doubtful", "does not tell"),
        ("aarch64", "", "good", "nothing to choose"),
    ],
)
def test_instructions(
    make: MakeCase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    flags: str,
    level: Level,
    found: str,
) -> None:
    """What the models can be computed with."""
    monkeypatch.setattr(platform, "machine", lambda: kind)
    case = make(described(tmp_path / "machine", flags))
    finding = told(machine.processor(case))["instructions"]

    assert finding.level == level
    assert found in finding.found


@pytest.mark.parametrize(
    ("gigabytes", "limit", "level", "whose"),
    [
        (8.0, None, "good", "8.0 GB free"),
        (1.7, None, "doubtful", "1.7 GB free"),
        (1.0, None, "bad", "1.0 GB free"),
        (8.0, 1_200_000_000, "bad", "1.2 GB in the limit"),
    ],
)
def test_memory(
    case: Case,
    monkeypatch: pytest.MonkeyPatch,
    gigabytes: float,
    limit: int | None,
    level: Level,
    whose: str,
) -> None:
    """What is free, or what a limit leaves, against one embedder and against all of them."""

    class Memory(NamedTuple):
        available: int = int(gigabytes * 1e9)

    monkeypatch.setattr(psutil, "virtual_memory", Memory)
    monkeypatch.setattr(machine, "memory_room", lambda _: limit)
    finding = only(machine.memory(case))

    assert finding.level == level
    assert finding.found == f"{whose}; a service takes 1.7 GB, with all its embedders 2.0 GB"


def test_memory_of_a_service_that_runs(case: Case) -> None:
    """It has what it needs: what it holds is told."""
    with marked_process(mark(case.data_dir)):
        finding = only(machine.memory(case))

    assert finding.level == "good"
    assert "a service runs on" in finding.found


@pytest.mark.parametrize(("mebibytes", "level"), [(79, "doubtful"), (80, "good")])
def test_shared_memory(
    case: Case, monkeypatch: pytest.MonkeyPatch, mebibytes: int, level: Level
) -> None:
    """Ray's store, or a file in its place."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Room(mebibytes * 2**20))
    assert only(machine.shared_memory(case)).level == level


def test_no_shared_memory(make: MakeCase, tmp_path: Path) -> None:
    """A system without /dev/shm has other ways."""
    assert only(machine.shared_memory(make(tmp_path))).level == "good"


@pytest.mark.parametrize(
    ("hard", "level"),
    [(1023, "bad"), (4096, "doubtful"), (8192, "good"), (resource.RLIM_INFINITY, "good")],
)
def test_open_files(case: Case, monkeypatch: pytest.MonkeyPatch, hard: int, level: Level) -> None:
    """The hard limit counts: Ray raises the soft one."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (64, hard))
    assert only(machine.open_files(case)).level == level


@pytest.fixture
def sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let sockets and logs belong into a folder of the test's, and return where it will be."""
    path = session_folder.session_folder_path(tmp_path)
    monkeypatch.setattr(machine, "session_folder_path", lambda: path)
    return path


@pytest.mark.parametrize(("gigabytes", "level"), [(0.9, "bad"), (4, "doubtful"), (6, "good")])
@pytest.mark.usefixtures("sessions")
def test_room_on_disk(
    case: Case, monkeypatch: pytest.MonkeyPatch, gigabytes: float, level: Level
) -> None:
    """For data, and for logs."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Room(int(gigabytes * 1e9)))
    findings = told(machine.disk(case))

    assert findings.keys() == {"data directory", "sockets and logs"}
    assert {finding.level for finding in findings.values()} == {level}
    assert not case.data_dir.exists()


@pytest.mark.usefixtures("sessions")
def test_a_data_directory_that_cannot_be_written_to(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not tried by writing."""
    monkeypatch.setattr(os, "access", lambda path, _: path != case.data_dir.parent)
    finding = told(machine.disk(case))["data directory"]

    assert (finding.level, "cannot be written to" in finding.found) == ("bad", True)


def test_a_session_folder_that_is_a_trap(case: Case, sessions: Path, tmp_path: Path) -> None:
    """A link in its place, which somebody else laid, ends the start."""
    sessions.symlink_to(tmp_path)
    assert told(machine.disk(case))["sockets and logs"].level == "bad"


@pytest.mark.parametrize(
    ("state", "level"), [(0, "good"), (5, "doubtful"), (-1, "doubtful"), (None, "doubtful")]
)
def test_clock(
    case: Case, monkeypatch: pytest.MonkeyPatch, state: int | None, level: Level
) -> None:
    """What the kernel says of it, if it says anything."""
    monkeypatch.setattr(machine, "_clock_state", lambda: state)
    assert only(machine.clock(case)).level == level


def test_the_kernel_is_asked(case: Case) -> None:
    """The real question gets an answer, whichever it is."""
    assert only(machine.clock(case)).found
