"""A batcher on a run that the test holds back and lets go."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from deployments.errors import UndecodableImage
from deployments.messages.sharing import Flow
from deployments.vision.batching import Batcher, Served, Wanted

AMPLE = 60.0
SOMEBODYS = Flow("somebody")

Numbers = Batcher[int, int]
Answer = asyncio.Task[Served[int]]
Run = Callable[[Sequence[int]], Sequence[int | Exception]]
AskingRun = Callable[[Sequence[int], Wanted], Sequence[int | Exception]]


def unasking(run: Run) -> AskingRun:
    """Return a run that asks of no item whether it is still wanted."""
    return lambda items, _wanted: run(items)


def doubled(items: Sequence[int]) -> list[int | Exception]:
    """Return each number doubled; a negative one is an error of its own."""
    return [item * 2 if item >= 0 else UndecodableImage(str(item)) for item in items]


class Gated:
    """A run that waits to be let go, and remembers its batches."""

    def __init__(self, run: Run = doubled) -> None:
        self._run = run
        self.batches: list[list[int]] = []
        self._begun = threading.Semaphore(0)
        self._allowed = threading.Semaphore(0)

    def __call__(self, items: Sequence[int]) -> Sequence[int | Exception]:
        """Run the items, once let go."""
        self.batches.append(list(items))
        self._begun.release()
        self._allowed.acquire()
        return self._run(items)

    async def begun(self) -> None:
        """Wait until one more run has begun."""
        await asyncio.to_thread(self._begun.acquire)

    def let_go(self, runs: int = 1000) -> None:
        """Allow so many runs to end, begun or not."""
        self._allowed.release(runs)


def batcher_of(
    run: Run, on_batch: Callable[[int], None] = lambda _: None, **bounds: Any
) -> AbstractAsyncContextManager[Numbers]:
    """Return a batcher of a run that asks nothing; it is closed after, whatever the test did."""
    return asking_batcher_of(unasking(run), on_batch, **bounds)


@asynccontextmanager
async def asking_batcher_of(
    run: AskingRun,
    on_batch: Callable[[int], None] = lambda _: None,
    *,
    max_batch_size: int = 8,
    max_wait_seconds: float = 0.0,
    max_queued: int = 1000,
) -> AsyncIterator[Numbers]:
    """Yield a batcher; close it after, whatever the test did."""
    batcher = Numbers(
        run,
        on_batch,
        max_batch_size=max_batch_size,
        max_wait_seconds=max_wait_seconds,
        max_queued=max_queued,
    )
    try:
        yield batcher
    finally:
        await batcher.close()


async def enter(
    batcher: Numbers, *items: int, budget: float = AMPLE, flow: Flow = SOMEBODYS
) -> list[Answer]:
    """Submit items from a task each; when this returns, all of them are queued."""
    answers = [asyncio.create_task(batcher.submit(item, budget, flow)) for item in items]
    await asyncio.sleep(0)
    return answers


async def occupied(batcher: Numbers, run: Gated) -> Answer:
    """Keep the thread busy with item 0 until the run is let go."""
    (answer,) = await enter(batcher, 0)
    await run.begun()
    return answer


async def outcomes(answers: list[Answer]) -> list[object]:
    """Return each caller's number or the type of its error."""
    settled = await asyncio.gather(*answers, return_exceptions=True)
    return [each.result if isinstance(each, Served) else type(each) for each in settled]
