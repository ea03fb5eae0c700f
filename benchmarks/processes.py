"""CPU and memory of a whole service, by part."""

from collections import defaultdict
from collections.abc import Iterable

import psutil

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
}


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
    used: defaultdict[str, float] = defaultdict(float)
    for process in processes:
        try:
            times = process.cpu_times()
            used[part(process)] += times.user + times.system
        except psutil.NoSuchProcess:
            continue
    return dict(used)


def pss_megabytes(processes: Iterable[psutil.Process]) -> dict[str, float]:
    """Return proportional set size by part: shared pages are divided among those that share."""
    size: defaultdict[str, float] = defaultdict(float)
    for process in processes:
        try:
            size[part(process)] += process.memory_full_info().pss / 1e6
        except psutil.NoSuchProcess:
            continue
    return dict(size)
