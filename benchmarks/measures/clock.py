"""The CPU's clock over this process and those it started, of which one decodes photos."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import process_time

import psutil


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and of its descendants that live.

    Of those only Linux tells finely; elsewhere they are counted in hundredths of a second.
    """
    return process_time() + sum(map(_used, _descendants(os.getpid())))


def _descendants(pid: int) -> Iterator[int]:
    if not Path("/proc").is_dir():
        yield from (child.pid for child in psutil.Process(pid).children(recursive=True))
        return
    # Not psutil, which looks at every process of the machine.
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                yield child
                yield from _descendants(child)


def _used(pid: int) -> float:
    with suppress(OSError, psutil.NoSuchProcess):
        if (scheduled := Path(f"/proc/{pid}/schedstat")).exists():
            return int(scheduled.read_text().split()[0]) / 1e9
        times = psutil.Process(pid).cpu_times()
        return float(times.user + times.system)
    return 0.0
