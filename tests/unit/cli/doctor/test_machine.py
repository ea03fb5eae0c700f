"""What is said of a machine, by what it is."""

import os
import platform
import sys
import tomllib
from pathlib import Path

import psutil
import pytest
from packaging.specifiers import SpecifierSet

from cli import cores
from cli.doctor import machine
from cli.doctor.case import Case
from cli.doctor.findings import Level
from tests.unit.cli.doctor.cases import ROOT, MakeCase, only, told

PROJECT = ROOT / "pyproject.toml"


@pytest.mark.parametrize("minor", range(9, 17))
def test_python(case: Case, monkeypatch: pytest.MonkeyPatch, minor: int) -> None:
    """Only what pyproject.toml allows."""
    allowed = SpecifierSet(tomllib.loads(PROJECT.read_text("utf-8"))["project"]["requires-python"])
    monkeypatch.setattr(sys, "version_info", (3, minor, 1))
    finding = only(machine.python(case))

    assert (finding.level == "good") == (f"3.{minor}.1" in allowed)


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
    monkeypatch.setattr(cores, "cpu_quota", lambda _: None)
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
    ("state", "level"), [(0, "good"), (5, "doubtful"), (-1, "doubtful"), (None, "doubtful")]
)
def test_clock(
    case: Case, monkeypatch: pytest.MonkeyPatch, state: int | None, level: Level
) -> None:
    """What the kernel says of it, if it says anything."""
    monkeypatch.setattr(machine, "_clock_state", lambda: state)
    assert only(machine.clock(case)).level == level


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has adjtimex")
def test_the_kernel_is_asked() -> None:
    """The real question gets an answer: a state of the clock, or that nobody may ask."""
    assert machine._clock_state() in range(-1, 6)
