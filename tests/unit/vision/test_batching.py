"""The batcher under pressure: whose answer is whose, what is dropped, and who is told to wait."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from deployments.errors import DeadlineExceeded, Overloaded, UndecodableImage, Unavailable
from deployments.vision.batching import Batcher, Served

AMPLE = 60.0

Numbers = Batcher[int, int]
Answer = asyncio.Task[Served[int]]


def doubled(items: Sequence[int]) -> list[int | Exception]:
    """Return each number doubled; a negative one is an error of its own."""
    return [item * 2 if item >= 0 else UndecodableImage(str(item)) for item in items]


class Gated:
    """A run that waits to be let go, and remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self._begun = threading.Semaphore(0)
        self._allowed = threading.Semaphore(0)

    def __call__(self, items: Sequence[int]) -> list[int | Exception]:
        """Double the items, once let go."""
        self.batches.append(list(items))
        self._begun.release()
        self._allowed.acquire()
        return doubled(items)

    async def begun(self) -> None:
        """Wait until one more run has begun."""
        await asyncio.to_thread(self._begun.acquire)

    def let_go(self, runs: int = 1000) -> None:
        """Allow so many runs to end, begun or not."""
        self._allowed.release(runs)


@asynccontextmanager
async def batcher_of(
    run: Callable[[Sequence[int]], Sequence[int | Exception]],
    *,
    max_batch_size: int = 8,
    max_wait_seconds: float = 0.0,
    max_queued: int = 1000,
) -> AsyncIterator[Numbers]:
    """Yield a batcher; close it after, whatever the test did."""
    batcher = Numbers(
        run,
        max_batch_size=max_batch_size,
        max_wait_seconds=max_wait_seconds,
        max_queued=max_queued,
    )
    try:
        yield batcher
    finally:
        await batcher.close()


async def enter(batcher: Numbers, *items: int, budget: float = AMPLE) -> list[Answer]:
    """Submit items from a task each; when this returns, all of them are queued."""
    answers = [asyncio.create_task(batcher.submit(item, budget)) for item in items]
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


async def test_a_lone_item_is_served_at_once() -> None:
    """An idle batcher runs what comes, alone, and says how long it queued."""
    async with batcher_of(doubled) as batcher:
        served = await batcher.submit(21, AMPLE)
    assert (served.result, served.batch_size) == (42, 1)
    assert 0 <= served.queue_seconds < AMPLE


async def test_everybody_gets_their_own_answer() -> None:
    """Of hundreds at once, each caller gets the double of their own number."""
    async with batcher_of(doubled, max_batch_size=7) as batcher:
        answers = await enter(batcher, *range(500))
        assert await outcomes(answers) == [number * 2 for number in range(500)]


async def test_an_items_error_is_its_callers_alone() -> None:
    """A bad item fails by itself; its neighbours in the batch are served."""
    async with batcher_of(doubled) as batcher:
        answers = await enter(batcher, 1, -2, 3)
        assert await outcomes(answers) == [2, UndecodableImage, 6]


async def test_what_queues_during_a_run_is_the_next_batch_in_order() -> None:
    """The moment the thread is free it takes everything, oldest first."""
    run = Gated()
    async with batcher_of(run) as batcher:
        await occupied(batcher, run)
        answers = await enter(batcher, 1, 2, 3, 4, 5)
        assert batcher.depth == 5
        run.let_go()
        assert await outcomes(answers) == [2, 4, 6, 8, 10]
    assert run.batches == [[0], [1, 2, 3, 4, 5]]


async def test_a_batch_is_never_larger_than_allowed() -> None:
    """What does not fit is the batch after."""
    run = Gated()
    async with batcher_of(run, max_batch_size=2) as batcher:
        await occupied(batcher, run)
        answers = await enter(batcher, 1, 2, 3, 4, 5)
        run.let_go()
        await outcomes(answers)
    assert run.batches == [[0], [1, 2], [3, 4], [5]]


async def test_under_load_items_never_go_one_by_one() -> None:
    """With four arrivals a run, batches are of four: sixty items take sixteen runs."""
    run = Gated()
    async with batcher_of(run) as batcher:
        answers = [await occupied(batcher, run)]
        for start in range(1, 61, 4):
            answers += await enter(batcher, *range(start, start + 4))
            run.let_go(1)
            await run.begun()
        run.let_go()
        await outcomes(answers)
    assert [len(batch) for batch in run.batches] == [1] + [4] * 15


async def test_each_answer_tells_how_many_shared_its_run() -> None:
    """The size of the batch is there for metrics."""
    run = Gated()
    async with batcher_of(run) as batcher:
        await occupied(batcher, run)
        answers = await enter(batcher, 1, 2, 3)
        run.let_go()
        assert [served.batch_size for served in await asyncio.gather(*answers)] == [3, 3, 3]


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (ValueError("broken"), ValueError),
        (asyncio.CancelledError(), RuntimeError),
        (SystemExit(1), RuntimeError),
    ],
)
async def test_a_run_that_fails_is_an_error_for_each_and_not_the_end(
    failure: BaseException, told: type[Exception]
) -> None:
    """Nobody hangs, not even when the run was cancelled; the next batch is served."""
    failures = [failure]

    def fails_once(items: Sequence[int]) -> list[int | Exception]:
        if failures:
            raise failures.pop()
        return doubled(items)

    async with batcher_of(fails_once) as batcher:
        assert await outcomes(await enter(batcher, 1, 2)) == [told, told]
        assert batcher.alive()
        assert await outcomes(await enter(batcher, 3)) == [6]


@pytest.mark.parametrize("surplus", [-1, 1])
async def test_a_wrong_number_of_results_is_an_error_for_each(surplus: int) -> None:
    """If results cannot be told apart, nobody gets one that may be another's."""
    async with batcher_of(lambda items: [0] * (len(items) + surplus)) as batcher:
        answers = await enter(batcher, 1, 2, 3)
        assert await outcomes(answers) == [RuntimeError] * 3


async def test_who_is_cancelled_while_queued_is_not_run() -> None:
    """Work nobody waits for any more is dropped before the model sees it."""
    run = Gated()
    async with batcher_of(run) as batcher:
        await occupied(batcher, run)
        answers = await enter(batcher, 1, 2, 3)
        answers[1].cancel()
        run.let_go()
        assert await outcomes(answers) == [2, asyncio.CancelledError, 6]
    assert run.batches == [[0], [1, 3]]


async def test_who_is_cancelled_while_running_disturbs_nobody() -> None:
    """A run cannot be stopped; its other results arrive."""
    run = Gated()
    async with batcher_of(run) as batcher:
        answers = await enter(batcher, 1, 2)
        await run.begun()
        answers[0].cancel()
        run.let_go()
        assert await outcomes(answers) == [asyncio.CancelledError, 4]


@pytest.mark.parametrize("budget", [-1.0, 0.0, 0.01])
async def test_past_its_deadline_an_item_is_not_run(budget: float) -> None:
    """The caller is told at the deadline, while the thread is still busy with others."""
    run = Gated()
    async with batcher_of(run) as batcher:
        first = await occupied(batcher, run)
        late = await enter(batcher, 1, budget=budget)
        assert await outcomes(late) == [DeadlineExceeded]
        assert batcher.depth == 0
        run.let_go()
        assert await outcomes([first]) == [0]
    assert run.batches == [[0]]


async def test_an_item_without_budget_is_not_run_on_an_idle_batcher() -> None:
    """A deadline that passed before the item came is as passed as any."""
    run = Gated()
    async with batcher_of(run) as batcher:
        assert await outcomes(await enter(batcher, 1, budget=0)) == [DeadlineExceeded]
    assert run.batches == []


async def test_a_deadline_that_passes_during_the_run_is_kept() -> None:
    """The caller is not held until the run ends."""
    run = Gated()
    async with batcher_of(run) as batcher:
        late = await enter(batcher, 1, budget=0.05)
        await run.begun()
        assert await outcomes(late) == [DeadlineExceeded]
        run.let_go()
        assert await outcomes(await enter(batcher, 2)) == [4]


async def test_a_full_queue_turns_the_next_away() -> None:
    """What runs does not count, what waits does; nothing was done for who is turned away."""
    run = Gated()
    async with batcher_of(run, max_queued=2) as batcher:
        first = await occupied(batcher, run)
        answers = await enter(batcher, 1, 2, 3)
        run.let_go()
        assert await outcomes([first, *answers]) == [0, 2, 4, Overloaded]
    assert run.batches == [[0], [1, 2]]


async def test_who_gives_up_makes_room() -> None:
    """A place in the queue is free again as soon as its caller leaves."""
    run = Gated()
    async with batcher_of(run, max_queued=1) as batcher:
        await occupied(batcher, run)
        (leaver,) = await enter(batcher, 1)
        leaver.cancel()
        await asyncio.wait([leaver])
        answers = await enter(batcher, 2)
        run.let_go()
        assert await outcomes(answers) == [4]


async def test_before_any_run_a_second_is_asked_for() -> None:
    """With no pace measured, who is turned away is told a second."""
    run = Gated()
    async with batcher_of(run, max_queued=1) as batcher:
        await occupied(batcher, run)
        answers = await enter(batcher, 1, 2)
        with pytest.raises(Overloaded) as refused:
            await answers[1]
        run.let_go()
    assert refused.value.retry_after == 1.0


async def test_the_time_to_come_back_follows_the_measured_pace() -> None:
    """It is the time the queue takes at the pace of past runs, so a longer queue asks for more."""
    run = Gated()
    async with batcher_of(run, max_queued=0) as batcher:
        batcher.max_queued = 1
        run.let_go(1)
        await outcomes(await enter(batcher, 0))
        await run.begun()
        await occupied(batcher, run)
        short = await refusal(batcher, queued=1)
        long = await refusal(batcher, queued=5)
        run.let_go()
    assert 0 < short < 1
    assert long == pytest.approx(5 * short)


async def refusal(batcher: Numbers, queued: int) -> float:
    """Fill the queue up to a length and return what the next is told."""
    batcher.max_queued = queued
    await enter(batcher, *range(batcher.depth, queued))
    with pytest.raises(Overloaded) as refused:
        await batcher.submit(0, AMPLE)
    return refused.value.retry_after


async def test_a_lone_item_may_wait_for_company() -> None:
    """With a wait allowed, the second arrival starts the batch at once."""
    async with batcher_of(doubled, max_wait_seconds=AMPLE) as batcher:
        first = await enter(batcher, 1)
        second = await enter(batcher, 2)
        served = await asyncio.gather(*first, *second)
    assert [each.batch_size for each in served] == [2, 2]


async def test_company_is_not_waited_for_longer_than_allowed() -> None:
    """A lone item is served after the wait."""
    async with batcher_of(doubled, max_wait_seconds=0.005) as batcher:
        served = await batcher.submit(1, AMPLE)
    assert served.batch_size == 1
    assert served.queue_seconds >= 0.005


async def test_bounds_can_be_changed_while_it_runs() -> None:
    """A changed configuration holds from the next batch and the next arrival."""
    run = Gated()
    async with batcher_of(run, max_batch_size=1, max_queued=1) as batcher:
        await occupied(batcher, run)
        batcher.max_batch_size, batcher.max_wait_seconds, batcher.max_queued = 3, 0.001, 3
        answers = await enter(batcher, 1, 2, 3, 4)
        run.let_go()
        assert await outcomes(answers) == [2, 4, 6, Overloaded]
    assert run.batches == [[0], [1, 2, 3]]


async def test_closing_refuses_what_waits_and_finishes_what_runs() -> None:
    """Callers of the running batch get their answers, the others are told to come back."""
    run = Gated()
    async with batcher_of(run) as batcher:
        first = await occupied(batcher, run)
        waiting = await enter(batcher, 1, 2)
        closing = asyncio.create_task(batcher.close())
        assert await outcomes(waiting) == [Unavailable, Unavailable]
        run.let_go()
        await closing
        assert await outcomes([first]) == [0]
        assert not batcher.alive()
    assert run.batches == [[0]]


async def test_a_closed_batcher_takes_nothing() -> None:
    """After closing, also before anything was ever run, items are refused."""
    async with batcher_of(doubled) as batcher:
        assert batcher.alive()
        await batcher.close()
        with pytest.raises(Unavailable):
            await batcher.submit(1, AMPLE)


async def test_closing_an_idle_batcher_ends_at_once() -> None:
    """A worker that waits for items is woken to end."""
    async with batcher_of(doubled) as batcher:
        await batcher.submit(1, AMPLE)
    assert not batcher.alive()


async def test_a_worker_that_dies_is_noticed_and_leaves_nobody_waiting() -> None:
    """Health turns false, the queue is refused, and so is whoever comes."""
    run = Gated()
    async with batcher_of(run) as batcher:
        answers = [await occupied(batcher, run), *await enter(batcher, 1)]
        assert batcher._worker is not None
        batcher._worker.cancel()
        assert await outcomes(answers) == [Unavailable, Unavailable]
        assert not batcher.alive()
        with pytest.raises(Unavailable):
            await batcher.submit(2, AMPLE)
        run.let_go()
