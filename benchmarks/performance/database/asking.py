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
MATED, STRANGERS = "mated", "strangers"
RIGHT = {MATED: "match", STRANGERS: "no_match"}

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
    """Return what all of these together took, and how true they are, by kind of probe.

    PostgreSQL's time is of all searches alike: both kinds are asked in turn.
    """
    cpu = sum(one.cpu_seconds for one in asked)
    told = {kind: of_kind(kind, *asked) for kind in RIGHT}
    return {
        "PostgreSQL CPU ms": 1000 * cpu / sum(len(one.probes) for one in asked),
        **{kind: each for kind, each in told.items() if each["probes"]},
    }


def of_kind(kind: str, *asked: Answers) -> Figures:
    """Return what probes of people in the gallery, or of strangers, took and came to.

    `recall` is the share for which the face found first is the nearest of all, or as near; `right`
    the share decided as it should be: by `match`, or by `no_match`.
    """
    of = np.concatenate([one.probes.mated for one in asked]) == (kind == MATED)
    if not of.any():
        return {"probes": 0}
    verdicts = [verdict for one in asked for verdict in one.verdicts]
    first = np.array([-np.inf if one.nearest is None else one.nearest for one in verdicts])
    nearest = np.abs(first - np.concatenate([one.probes.nearest for one in asked])) < ROUNDING
    decided = np.array([verdict.decision for verdict in verdicts])
    return {
        "probes": int(of.sum()),
        **percentiles(np.concatenate([one.latencies for one in asked])[of]),
        "recall": float(np.mean(nearest[of])),
        "right": float(np.mean(decided[of] == RIGHT[kind])),
    }
