"""docs/bounds.md: what `make bench-bounds` found, from its result file."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.measures.machine import Machine
from benchmarks.report.markdown import table

PAGE = Path(__file__).parents[1] / "docs" / "bounds.md"
BOUNDS = {
    "ready after, s": 40.0,
    "idle, cores": 0.25,
    "PSS, MB": 2000.0,
    "identify at one client, p50 ms": 50.0,
    "CPU ms a request that is not inference": 14.0,
}
REPORTED = (
    "identify at one client, p95 ms",
    "identify a second",
    "identify at 16 clients, p50 ms",
    "identify at 16 clients, p95 ms",
    "bare loop, photos a second (2 processes)",
    "share of the bare loop at 16 clients",
    "CPU ms a request",
    "bare loop, CPU ms a photo",
)
BY_PART = ("CPU ms a request", "PSS, MB", "idle, cores")

Figures = Mapping[str, float]


def render(document: Mapping[str, Any]) -> str:
    """Return the page."""
    figures, machine = document["figures"], Machine(**document["machine"])
    return f"""# Bounds

Written by `make bench-bounds` from `benchmarks/results/bounds.json`; edit that, not this page.

A service of its own with two embedder replicas identifies a 640 px photo with one face, with the
default pack and one person enrolled. {document["date"]}, commit {document["commit"]},
{machine.name}. How fast the whole is, beside its rivals, is told in
[PERFORMANCE.md](../PERFORMANCE.md).

{table(["bound", "at most", "measured", ""], _judged(figures))}

{table(["besides", "measured"], ([name, figures[name]] for name in REPORTED))}

"Not inference" is the CPU of all processes but the client's, less the bare loop's CPU a photo with
both cores busy, measured before and after the service.

By part of the service:

{table(["part", *BY_PART], _parts(figures))}
"""


def _judged(figures: Figures) -> Iterator[list[object]]:
    for name, most in BOUNDS.items():
        measured = figures[name]
        yield [name, most, measured, "met" if measured <= most else "MISSED"]


def _parts(figures: Figures) -> Iterator[list[object]]:
    """Yield a row a part, the dearest first."""
    what = BY_PART[0]
    parts = [name.removeprefix(f"{what}: ") for name in figures if name.startswith(f"{what}: ")]
    for part in sorted(parts, key=lambda each: -figures[f"{what}: {each}"]):
        yield [part, *(figures.get(f"{measure}: {part}", "") for measure in BY_PART)]
