"""What control groups leave, in the files of both versions."""

import os
from pathlib import Path

import psutil
import pytest

from cli.cores import usable_cores
from config.cgroups import cpu_quota, memory_limit, memory_room

V2 = "0::/pod/service\n"
V1 = "4:memory:/pod\n2:cpu,cpuacct:/pod\n1:name=systemd:/\n"
NONE = "9223372036854771712"


def machine(folder: Path, files: dict[str, str]) -> Path:
    """Write the files of a machine into a folder, and return it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({}, None),
        ({"proc/self/cgroup": V2}, None),
        ({"proc/self/cgroup": V2, "sys/fs/cgroup/cpu.max": "150000 100000"}, 1.5),
        ({"proc/self/cgroup": V2, "sys/fs/cgroup/pod/service/cpu.max": "max 100000"}, None),
        (
            {
                "proc/self/cgroup": V2,
                "sys/fs/cgroup/pod/service/cpu.max": "400000 100000",
                "sys/fs/cgroup/pod/cpu.max": "50000 100000",
            },
            0.5,
        ),
        (
            {
                "proc/self/cgroup": "1:cpu:/pod\n",
                "sys/fs/cgroup/cpu/pod/cpu.cfs_quota_us": "200000",
                "sys/fs/cgroup/cpu/pod/cpu.cfs_period_us": "100000",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
            },
            2.0,
        ),
    ],
)
def test_cores(tmp_path: Path, files: dict[str, str], cores: float | None) -> None:
    """The tightest quota of the group and of those above it counts."""
    assert cpu_quota(machine(tmp_path, files)) == cores


@pytest.mark.parametrize(
    ("files", "room"),
    [
        ({"proc/self/cgroup": V2}, None),
        (
            {
                "proc/self/cgroup": V2,
                "sys/fs/cgroup/pod/memory.max": "1000",
                "sys/fs/cgroup/pod/memory.current": "700",
                "sys/fs/cgroup/pod/memory.stat": "anon 500\ninactive_file 200\n",
            },
            500,
        ),
        (
            {
                "proc/self/cgroup": V2,
                "sys/fs/cgroup/memory.max": "max",
                "sys/fs/cgroup/memory.current": "700",
                "sys/fs/cgroup/memory.stat": "",
            },
            None,
        ),
        (
            {
                "proc/self/cgroup": V1,
                "sys/fs/cgroup/memory/pod/memory.limit_in_bytes": "1000",
                "sys/fs/cgroup/memory/pod/memory.usage_in_bytes": "400",
                "sys/fs/cgroup/memory/pod/memory.stat": "total_inactive_file 100\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": NONE,
                "sys/fs/cgroup/memory/memory.usage_in_bytes": "400",
                "sys/fs/cgroup/memory/memory.stat": "total_inactive_file 100\n",
            },
            700,
        ),
    ],
)
def test_memory(tmp_path: Path, files: dict[str, str], room: int | None) -> None:
    """Files that the kernel only remembers are room."""
    assert memory_room(machine(tmp_path, files)) == room


@pytest.mark.parametrize(
    ("files", "limit"),
    [
        ({}, None),
        ({"proc/self/cgroup": V2, "sys/fs/cgroup/pod/memory.max": "max"}, None),
        (
            {
                "proc/self/cgroup": V2,
                "sys/fs/cgroup/pod/service/memory.max": "3000",
                "sys/fs/cgroup/pod/memory.max": "2000",
            },
            2000,
        ),
        (
            {
                "proc/self/cgroup": V1,
                "sys/fs/cgroup/memory/pod/memory.limit_in_bytes": "1000",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": NONE,
            },
            1000,
        ),
    ],
)
def test_the_tightest_limit_of_memory(
    tmp_path: Path, files: dict[str, str], limit: int | None
) -> None:
    """It is the same however much of it is taken, for what is sized by it has to last."""
    assert memory_limit(machine(tmp_path, files)) == limit


def test_where_nothing_bounds_it_a_process_may_use_all_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a Mac, which knows neither affinity nor control groups."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(psutil, "cpu_count", lambda: 6)
    assert usable_cores(tmp_path) == 6
