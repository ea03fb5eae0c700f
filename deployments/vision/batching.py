"""Gathers single requests into batches for one worker thread. Plain asyncio, knows nothing of Ray.

While the thread works, arrivals queue; the moment it is free, it gets as many as a batch may hold.
So the batch grows with the load by itself, and a lone request on an idle service is not kept
waiting. Where more wait than that, callers take turns.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from time import monotonic
from typing import Generic, TypeVar

from deployments import tracing
from deployments.errors import DeadlineExceeded, Overloaded, Unavailable
from deployments.messages.sharing import Flow
from deployments.vision.fair_queue import FairQueue

Item = TypeVar("Item")
Result = TypeVar("Result")

# Tells of an item of a run, by its place, whether its caller still waits.
Wanted = Callable[[int], bool]

# How much the latest batch counts in the time an item takes, which `retry_after` is told from.
_LATEST_WEIGHT = 0.2

# No run takes as long, not of a batch of photos that each use up what decoding is given.
STUCK_SECONDS = 120.0

_NOBODYS = Flow()


@dataclass(frozen=True, slots=True)
class Served(Generic[Result]):
    """One item's result, and the seconds it queued."""

    result: Result
    queue_seconds: float


@dataclass(eq=False, slots=True)
class _Job(Generic[Item, Result]):
    """One item with its caller; instants are of the monotonic clock."""

    item: Item
    arrived: float
    deadline: float
    answer: asyncio.Future[Served[Result]]
    span: tracing.SpanAtHand
    begun: bool = False

    def is_wanted(self) -> bool:
        """Tell whether the caller still waits; the thread of a run may ask too."""
        return not self.answer.done() and self.deadline > monotonic()


class Batcher(Generic[Item, Result]):
    """Lives as long as its event loop; `close` ends the worker and frees the thread.

    `run` is called in the thread with 1..`max_batch_size` items and returns a result or an
    exception for each, in order. It may ask at any time whether an item is still wanted; what it
    returns for one that is not goes nowhere. `on_batch` is told, in the event loop, the size of
    each batch: once, also if a run fails and its items are run again. `max_wait_seconds` is how
    long a lone item that finds the thread idle waits for company. The three numbers may be set at
    any time and hold from then on.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Item], Wanted], Sequence[Result | Exception]],
        on_batch: Callable[[int], None],
        *,
        max_batch_size: int,
        max_wait_seconds: float,
        max_queued: int,
    ) -> None:
        self.max_batch_size = max_batch_size
        self.max_wait_seconds = max_wait_seconds
        self.max_queued = max_queued
        self._run = run
        self._on_batch = on_batch
        self._queue = FairQueue[_Job[Item, Result]]()
        self._arrival = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="batcher")
        self._worker: asyncio.Task[None] | None = None
        self._seconds_per_item = 0.0
        self._running_since: float | None = None
        self._closed = False

    @property
    def depth(self) -> int:
        """How many items wait for the thread."""
        return len(self._queue)

    def alive(self) -> bool:
        """Tell whether items are still served; a run that does not end serves nobody."""
        if self._running_since is not None and monotonic() - self._running_since > STUCK_SECONDS:
            return False
        return not self._closed and (self._worker is None or not self._worker.done())

    async def submit(
        self, item: Item, budget_seconds: float, flow: Flow = _NOBODYS
    ) -> Served[Result]:
        """Return the item's result, or raise its error; flows that wait take turns.

        Raises Overloaded if the queue is full, DeadlineExceeded when the budget is spent, and
        Unavailable if the batcher closes first. An item whose caller was cancelled, or whose
        budget is spent, is dropped if its run has not begun, and by runs that ask.
        """
        job = self._enqueue(item, budget_seconds, flow)
        try:
            await asyncio.wait([job.answer], timeout=budget_seconds)
            if not job.answer.done():
                raise _late()
            return job.answer.result()
        finally:
            if not job.begun:
                tracing.waited(monotonic() - job.arrived)
            self._queue.discard(job)
            job.answer.cancel()

    async def close(self) -> None:
        """Refuse what is queued and what comes, let the running batch finish, free the thread."""
        self._closed = True
        self._refuse(list(self._queue))
        self._arrival.set()
        if self._worker:
            await asyncio.wait([self._worker])
        self._thread.shutdown()

    def _enqueue(self, item: Item, budget_seconds: float, flow: Flow) -> _Job[Item, Result]:
        if not self.alive():
            raise _stopping()
        if len(self._queue) >= self.max_queued:
            raise Overloaded("The service is at capacity.", self._seconds_to_drain())
        loop, now = asyncio.get_running_loop(), monotonic()
        # The worker outlives the request that is first, and works for others too.
        self._worker = self._worker or loop.create_task(self._work(), context=Context())
        job = _Job[Item, Result](
            item, now, now + budget_seconds, loop.create_future(), tracing.here()
        )
        self._queue.push(job, flow)
        self._arrival.set()
        return job

    def _seconds_to_drain(self) -> float:
        """Return how long the queue takes at the pace measured; before any run, a second."""
        return self._seconds_per_item * len(self._queue) or 1.0

    async def _work(self) -> None:
        try:
            idle = True
            while not self._closed:
                if idle:
                    await self._gather()
                if jobs := self._take():
                    await self._serve(jobs)
                idle = not self._queue
        finally:
            self._refuse(list(self._queue))

    async def _gather(self) -> None:
        """Wait for an item and, if it comes alone, a little for another."""
        if not self._queue:
            await self._next_arrival()
        if self.max_wait_seconds > 0 and len(self._queue) == 1:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.max_wait_seconds):
                    await self._next_arrival()

    async def _next_arrival(self) -> None:
        self._arrival.clear()
        await self._arrival.wait()

    def _take(self) -> list[_Job[Item, Result]]:
        """Take the items whose turn it is; drop those among them whose callers no longer wait."""
        jobs: list[_Job[Item, Result]] = []
        while self._queue and len(jobs) < self.max_batch_size:
            job = self._queue.pop()
            if job.is_wanted():
                jobs.append(job)
        return jobs

    async def _serve(self, jobs: list[_Job[Item, Result]]) -> None:
        started, loop = monotonic(), asyncio.get_running_loop()
        for job in jobs:
            job.begun = True
        try:
            self._on_batch(len(jobs))
            self._running_since = started
            with tracing.batch((job.span, started - job.arrived) for job in jobs):
                results = await loop.run_in_executor(self._thread, self._attempt, jobs)
            self._measure((monotonic() - started) / len(jobs))
            for job, result in zip(jobs, results, strict=True):
                _answer(job, result, started)
        finally:
            self._running_since = None
            self._refuse(jobs)

    def _attempt(self, jobs: list[_Job[Item, Result]]) -> Sequence[Result | Exception]:
        """Run in the thread; if that goes wrong each item is tried alone, and fails alone."""
        try:
            results = self._run([job.item for job in jobs], lambda at: jobs[at].is_wanted())
        except BaseException as error:  # noqa: BLE001 - even a cancellation must not end the worker
            if len(jobs) > 1:
                return [result for job in jobs for result in self._attempt_again(job)]
            return [error if isinstance(error, Exception) else RuntimeError(repr(error))]
        if len(results) != len(jobs):
            mismatch = f"A batch of {len(jobs)} items gave {len(results)} results."
            return [RuntimeError(mismatch)] * len(jobs)
        return results

    def _attempt_again(self, job: _Job[Item, Result]) -> Sequence[Result | Exception]:
        return self._attempt([job]) if job.is_wanted() else [_late()]

    def _measure(self, seconds_per_item: float) -> None:
        weight = _LATEST_WEIGHT if self._seconds_per_item else 1.0
        self._seconds_per_item += weight * (seconds_per_item - self._seconds_per_item)

    def _refuse(self, jobs: list[_Job[Item, Result]]) -> None:
        for job in jobs:
            self._queue.discard(job)
            if not job.answer.done():
                job.answer.set_exception(_stopping())


def _answer(job: _Job[Item, Result], result: Result | Exception, started: float) -> None:
    """Hand the caller its result or error, unless it no longer waits."""
    if job.answer.done():
        return
    if isinstance(result, Exception):
        job.answer.set_exception(result)
    else:
        job.answer.set_result(Served(result, started - job.arrived))


def _late() -> DeadlineExceeded:
    return DeadlineExceeded("The deadline passed before an answer was ready.")


def _stopping() -> Unavailable:
    return Unavailable("This part of the service is stopping.")
