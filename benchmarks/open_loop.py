"""Requests that come when they come, whether or not those before them were answered.

Each has a time at which it is due, drawn beforehand. Where every connection waits for an answer it
is sent late, and whoever counts from then on does not see what its sender waited: the omission is
called coordinated, for the service under test decides what is left out. `Answer.due` is what to
count from.
"""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import cycle
from time import perf_counter

import numpy as np

from benchmarks.closed_loop import Answer, ask, connect, leave

CONNECTIONS = 16  # As a pool of a caller's would have; all of them wait while a service stalls.
SEED = 1


def arrivals(rate: float, seconds: float, seed: int = SEED) -> list[float]:
    """Return when requests are due, in seconds from the beginning: independent of one another.

    A Poisson process of which it is known how many come, so that the rate is kept exactly: moments
    are drawn evenly over the time. The seed is fixed, so rivals are asked at the same moments.
    """
    count = round(rate * seconds)
    drawn = np.random.default_rng(seed).uniform(0, seconds, count)
    return [float(moment) for moment in np.sort(drawn)]


async def answers(
    url: str, wires: Sequence[bytes], due: Sequence[float], *, connections: int = CONNECTIONS
) -> list[Answer]:
    """Return the answer to each request, sent at its time or as soon as a connection is free."""
    streams = [await connect(url) for _ in range(connections)]
    began, found = perf_counter(), list[Answer]()
    waiting = iter([(began + moment) for moment in due])
    questions = cycle(range(len(wires)))
    try:
        async with asyncio.TaskGroup() as group:
            for each in streams:
                group.create_task(_sender(each, wires, questions, waiting, found))
    finally:
        for each in streams:
            await leave(each)
    return found


async def _sender(
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    wires: Sequence[bytes],
    questions: Iterator[int],
    waiting: Iterator[float],
    found: list[Answer],
) -> None:
    for due in waiting:  # Shared by all: who is free takes the next one, in order.
        await asyncio.sleep(due - perf_counter())
        found.append(await ask(streams, wires, next(questions), due))
