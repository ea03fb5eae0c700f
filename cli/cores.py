"""How many cores this process may use, whatever the machine has."""

import os
from pathlib import Path

import psutil

from config.cgroups import cpu_quota


def usable_cores(root: Path = Path("/")) -> float:
    """Return the cores that affinity and control groups leave; `root` is where `/proc` hangs."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    bounds = (psutil.cpu_count() or 1, affinity, cpu_quota(root))
    return min(each for each in bounds if each is not None)
