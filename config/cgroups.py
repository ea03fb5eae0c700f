"""What the control groups of Linux, of either version, leave to this process: CPU and memory."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

NO_LIMIT = 2**60  # Version 1 writes a number near the largest where there is none.


def cpu_quota(root: Path) -> float | None:
    """Return the cores that this process may use at a time, None where nothing bounds it."""
    quotas = [quota for folder in _groups(root, "cpu") if (quota := _quota(folder)) is not None]
    return min(quotas, default=None)


def memory_room(root: Path) -> int | None:
    """Return the bytes that this process and its kin may still take, None without a limit."""
    rooms = [room for folder in _groups(root, "memory") if (room := _room(folder)) is not None]
    return min(rooms, default=None)


def memory_limit(root: Path) -> int | None:
    """Return the bytes that this process and its kin may take in all, None without a limit."""
    limits = [most for folder in _groups(root, "memory") if (most := _limit(folder)) is not None]
    return min(limits, default=None)


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """Yield the folder of the group that this process is in, and of all above it."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, names, path = line.split(":", 2)
        if names and controller not in names.split(","):
            continue
        top = root / "sys/fs/cgroup" / (controller if names else "")
        folder = top / path.lstrip("/")
        yield from (each for each in (folder, *folder.parents) if each.is_relative_to(top))


def _quota(folder: Path) -> float | None:
    with suppress(OSError, ValueError):
        quota, period = (folder / "cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    with suppress(OSError, ValueError):
        microseconds = int((folder / "cpu.cfs_quota_us").read_text())
        period_us = int((folder / "cpu.cfs_period_us").read_text())
        return microseconds / period_us if microseconds > 0 else None
    return None


def _limit(folder: Path) -> int | None:
    for limit in ("memory.max", "memory.limit_in_bytes"):
        with suppress(OSError, ValueError):
            most = int((folder / limit).read_text())
            return None if most >= NO_LIMIT else most
    return None


def _room(folder: Path) -> int | None:
    if (most := _limit(folder)) is None:
        return None
    for usage, cache in (
        ("memory.current", "inactive_file"),
        ("memory.usage_in_bytes", "total_inactive_file"),
    ):
        with suppress(OSError, ValueError):
            return most - int((folder / usage).read_text()) + _stat(folder, cache)
    return None


def _stat(folder: Path, name: str) -> int:
    """Return what the kernel would give back before it ran out: files that it only remembers."""
    for line in (folder / "memory.stat").read_text().splitlines():
        if line.startswith(f"{name} "):
            return int(line.split()[1])
    return 0
