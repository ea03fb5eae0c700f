"""CPU and memory of a whole service, by part."""

import re
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

WRITTEN = re.compile(r"^Pss_(?:Anon|Shmem): +(\d+) kB$", re.MULTILINE)
PARTS = {
    "deployments.vision.decoding": "decoder",
    "ray::ServeReplica:facegraph:Ingress": "ingress",
    "ray::ServeReplica:facegraph:Embedder": "embedder",
    "ray::ServeReplica:facegraph:Matcher": "matcher",
    "ray::ServeReplica:facegraph:Limiter": "limiter",
    "ray::ServeReplica:facegraph:Telemetry": "telemetry",
    "ray::ServeController": "controller",
    "ray::HAProxyManager": "haproxy manager",
    "ray::ProxyActor": "fallback proxy",
    "ray::": "ray agents",
    "haproxy": "haproxy",
    "postgres": "postgresql",
    "raylet": "raylet",
    "gcs_server": "gcs",
    "bin/facegraph": "driver",
    "benchmarks.rivals.ray_defaults": "driver",
}


Clocks = dict[tuple[int, str], float]
"""CPU seconds of processes by their number and part."""


def family(root: int) -> list[psutil.Process]:
    """Return the process and everything it started, directly or not."""
    process = psutil.Process(root)
    return [process, *process.children(recursive=True)]


def part(process: psutil.Process) -> str:
    """Return which part of the service a process is."""
    words = process.cmdline() or [process.name()]
    title = " ".join(words)
    return next((name for key, name in PARTS.items() if key in title), "ray, other")


def cpu_seconds(processes: Iterable[psutil.Process]) -> dict[str, float]:
    """Return CPU seconds used so far, user and system, by part."""
    return by_part(cpu_by_process(processes))


def cpu_by_process(processes: Iterable[psutil.Process]) -> Clocks:
    """Return CPU seconds used so far by each process that lives."""
    used: Clocks = {}
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            used[process.pid, part(process)] = times.user + times.system
    return used


def cpu_since(after: Clocks, before: Clocks) -> dict[str, float]:
    """Return by part what was used between two looks by the processes that outlived them.

    Of one that ended nobody knows how much; what it had used before is not taken from the others.
    """
    return by_part({process: used - before.get(process, 0.0) for process, used in after.items()})


def by_part(clocks: Clocks) -> dict[str, float]:
    """Add up the processes of each part."""
    used: defaultdict[str, float] = defaultdict(float)
    for (_, name), seconds in clocks.items():
        used[name] += seconds
    return dict(used)


def written_megabytes(processes: Iterable[psutil.Process]) -> dict[str, float]:
    """Return by part the memory that was written, a proportional share of what is shared.

    Files that are mapped to be read are left out: what a process holds of them grows and shrinks
    with whoever else on the machine maps the same.
    """
    size: defaultdict[str, float] = defaultdict(float)
    for process in processes:
        with suppress(OSError, psutil.NoSuchProcess):
            told = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
            kilobytes = sum(int(number) for number in WRITTEN.findall(told))
            size[part(process)] += kilobytes * 1024 / 1e6
    return dict(size)


def pss_megabytes(processes: Iterable[psutil.Process]) -> dict[str, float]:
    """Return proportional set size by part: shared pages are divided among those that share."""
    size: defaultdict[str, float] = defaultdict(float)
    for process in processes:
        try:
            size[part(process)] += process.memory_full_info().pss / 1e6
        except psutil.NoSuchProcess:
            continue
    return dict(size)
