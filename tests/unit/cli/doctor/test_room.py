"""What is said of memory, files and disk."""

import os
import resource
import shutil
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from cli.doctor import room
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
    monkeypatch.setattr(room, "memory_room", lambda _: limit)
    finding = only(room.memory(case))

    assert finding.level == level
    assert finding.found == f"{whose}; a service takes 1.7 GB, with all its embedders 2.0 GB"


def test_memory_of_a_service_that_runs(case: Case) -> None:
    """It has what it needs: what it holds is told."""
    with marked_process(mark(case.data_dir)):
        finding = only(room.memory(case))

    assert finding.level == "good"
    assert "a service runs on" in finding.found


@pytest.mark.parametrize(("mebibytes", "level"), [(79, "doubtful"), (80, "good")])
def test_shared_memory(
    case: Case, monkeypatch: pytest.MonkeyPatch, mebibytes: int, level: Level
) -> None:
    """Ray's store, or a file in its place."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Room(mebibytes * 2**20))
    assert only(room.shared_memory(case)).level == level


def test_no_shared_memory(make: MakeCase, tmp_path: Path) -> None:
    """A system without /dev/shm has other ways."""
    assert only(room.shared_memory(make(tmp_path))).level == "good"


@pytest.mark.parametrize(
    ("hard", "level"),
    [(1023, "bad"), (4096, "doubtful"), (8192, "good"), (resource.RLIM_INFINITY, "good")],
)
def test_open_files(case: Case, monkeypatch: pytest.MonkeyPatch, hard: int, level: Level) -> None:
    """The hard limit counts: Ray raises the soft one."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (64, hard))
    assert only(room.open_files(case)).level == level


@pytest.fixture
def sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let sockets and logs belong into a folder of the test's, and return where it will be."""
    path = session_folder.session_folder_path(tmp_path)
    monkeypatch.setattr(room, "session_folder_path", lambda: path)
    return path


@pytest.mark.parametrize(("gigabytes", "level"), [(0.9, "bad"), (4, "doubtful"), (6, "good")])
@pytest.mark.usefixtures("sessions")
def test_room_on_disk(
    case: Case, monkeypatch: pytest.MonkeyPatch, gigabytes: float, level: Level
) -> None:
    """For data, and for logs."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Room(int(gigabytes * 1e9)))
    findings = told(room.disk(case))

    assert findings.keys() == {"data directory", "sockets and logs"}
    assert {finding.level for finding in findings.values()} == {level}
    assert not case.data_dir.exists()


@pytest.mark.usefixtures("sessions")
def test_a_data_directory_that_cannot_be_written_to(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not tried by writing."""
    monkeypatch.setattr(os, "access", lambda path, _: path != case.data_dir.parent)
    finding = told(room.disk(case))["data directory"]

    assert (finding.level, "cannot be written to" in finding.found) == ("bad", True)


def test_a_session_folder_that_is_a_trap(case: Case, sessions: Path, tmp_path: Path) -> None:
    """A link in its place, which somebody else laid, ends the start."""
    sessions.symlink_to(tmp_path)
    assert told(room.disk(case))["sockets and logs"].level == "bad"
