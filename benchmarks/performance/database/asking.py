"""Searches put to the service's own gallery, one after another or by several callers at once."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.gallery import directions
from benchmarks.performance.database.probes import ROUNDING, Floats, Probes
from benchmarks.performance.database.target import Target
from deployments.messages.embedder import Vector
from deployments.messages.matcher import Search, Verdict

LIMIT = 5  # Candidates asked for, as the route asks unless told otherwise.
PERCENTILES = (50, 95, 99)
WARM_UP_EACH = 6  # Searches by which a connection learns its statements.
WARM_UP_SEED = 13

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answers:
    """What came of probes: seconds (n) and verdict of each, seconds of all together.

    `cpu_seconds` are those of PostgreSQL.
    """

    probes: Probes
    latencies: Floats
    verdicts: tuple[Verdict, ...]
    seconds: float
    cpu_seconds: float


async def warm_up(target: Target, *, callers: int = 1) -> None:
    """Have as many connections made as there are callers, and each learn its statements."""
    vectors = directions(WARM_UP_EACH * callers, target.model.dimension, WARM_UP_SEED)
    await _all(target, vectors, callers)


async def ask(target: Target, probes: Probes, *, callers: int = 1) -> Answers:
    """Search for every probe once; each caller takes the next one when it has its answer."""
    before, began = target.cpu_seconds(), perf_counter()
    answers = await _all(target, probes.vectors, callers)
    seconds = perf_counter() - began
    used = target.cpu_seconds() - before
    latencies, verdicts = zip(*(answers[at] for at in range(len(probes))), strict=True)
    return Answers(probes, np.array(latencies), verdicts, seconds, used)


async def _all(target: Target, vectors: Vector, callers: int) -> dict[int, tuple[float, Verdict]]:
    """Return the seconds and the verdict of each by its row."""
    answers: dict[int, tuple[float, Verdict]] = {}
    waiting = iter(range(len(vectors)))
    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(_caller(target, vectors, waiting, answers))
    return answers


async def _caller(
    target: Target,
    vectors: Vector,
    waiting: Iterator[int],
    answers: dict[int, tuple[float, Verdict]],
) -> None:
    for at in waiting:
        search = Search(target.collection, vectors[at : at + 1], target.model, LIMIT)
        began = perf_counter()
        found = await target.gallery.search(search)
        answers[at] = perf_counter() - began, found.verdicts[0]


def percentiles(latencies: Floats) -> Figures:
    """Return p50, p95 and p99 in milliseconds."""
    taken = 1000 * np.percentile(latencies, PERCENTILES)
    return {f"p{one} ms": float(value) for one, value in zip(PERCENTILES, taken, strict=True)}


def figures(*asked: Answers) -> Figures:
    """Return what all of these together took, and how true they are."""
    latencies = np.concatenate([one.latencies for one in asked])
    cpu = sum(one.cpu_seconds for one in asked)
    return {
        **percentiles(latencies),
        "PostgreSQL CPU ms": 1000 * cpu / len(latencies),
        **truth(*asked),
    }


def truth(*asked: Answers) -> Figures:
    """Return how often the face found first was the nearest of all, and how often it was decided.

    Of mated probes it is decided rightly by `match`, of strangers' by `no_match`. A face as near as
    the nearest is the nearest.
    """
    verdicts = [verdict for one in asked for verdict in one.verdicts]
    first = np.array([-np.inf if one.nearest is None else one.nearest for one in verdicts])
    right = np.abs(first - np.concatenate([one.probes.nearest for one in asked])) < ROUNDING
    decided = np.array([verdict.decision for verdict in verdicts])
    mated = np.concatenate([one.probes.mated for one in asked])
    return {
        "mated probes": int(mated.sum()),
        "mated recall": _share(right[mated]),
        "mated matched": _share(decided[mated] == "match"),
        "strangers": int((~mated).sum()),
        "strangers recall": _share(right[~mated]),
        "strangers refused": _share(decided[~mated] == "no_match"),
    }


def _share(these: Any) -> float | None:
    return float(np.mean(these)) if len(these) else None
