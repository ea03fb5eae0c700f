"""The batcher under pressure: what is dropped, who is turned away, and how it ends."""

import asyncio
from collections.abc import Sequence

import pytest

from deployments.errors import DeadlineExceeded, Overloaded, Unavailable
from deployments.messages.sharing import Flow
from deployments.vision import batching
from deployments.vision.batching import Wanted
from tests.unit.vision.gated import (
    AMPLE,
    Gated,
    Numbers,
    asking_batcher_of,
    batcher_of,
    doubled,
    enter,
    occupied,
    outcomes,
)


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


async def test_a_run_is_told_who_no_longer_waits() -> None:
    """Who is late or has left since the run began is told apart, while the others are served."""
    held = Gated()
    waiting: list[int] = []

    def run(items: Sequence[int], wanted: Wanted) -> Sequence[int | Exception]:
        results = held(items)
        waiting.extend(item for at, item in enumerate(items) if wanted(at))
        return results

    async with asking_batcher_of(run) as batcher:
        answers, late = await asyncio.gather(enter(batcher, 1, 2, 3), enter(batcher, 4, budget=0.1))
        await held.begun()
        answers[1].cancel()
        assert await outcomes(late) == [DeadlineExceeded]
        held.let_go()
        assert await outcomes(answers) == [2, asyncio.CancelledError, 6]
    assert (held.batches, waiting) == ([[1, 2, 3, 4]], [1, 3])


async def test_who_no_longer_waits_is_not_run_again() -> None:
    """After a run that broke, only those are tried alone whose callers are still there."""

    def broken(items: Sequence[int]) -> Sequence[int]:
        if len(items) > 1:
            raise ValueError("broken")
        return items

    run = Gated(broken)
    async with batcher_of(run) as batcher:
        answers, late = await asyncio.gather(enter(batcher, 1, 2), enter(batcher, 3, budget=0.1))
        await run.begun()
        answers[0].cancel()
        assert await outcomes(late) == [DeadlineExceeded]
        run.let_go()
        assert await outcomes(answers) == [asyncio.CancelledError, 2]
    assert run.batches == [[1, 2, 3], [2]]


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
        assert await outcomes(answers[:1]) == [2]
    assert refused.value.retry_after == 1.0


async def test_the_time_to_come_back_follows_the_measured_pace() -> None:
    """It is the time the queue takes at the pace of past runs, so a longer queue asks for more."""
    run = Gated()
    async with batcher_of(run) as batcher:
        run.let_go(1)
        await outcomes(await enter(batcher, 0))
        await run.begun()
        await occupied(batcher, run)
        queued = await enter(batcher, 1)
        short = await refusal(batcher)
        queued += await enter(batcher, 2, 3, 4, 5)
        long = await refusal(batcher)
        run.let_go()
        assert await outcomes(queued) == [2, 4, 6, 8, 10]
    assert 0 < short < 1
    assert long == pytest.approx(5 * short)


async def refusal(batcher: Numbers) -> float:
    """Close the queue at the length it has, and return how long the next is told to stay away."""
    bound, batcher.max_queued = batcher.max_queued, batcher.depth
    with pytest.raises(Overloaded) as refused:
        await batcher.submit(0, AMPLE)
    batcher.max_queued = bound
    return refused.value.retry_after


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


async def test_a_run_that_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that hangs in its thread shows: the batcher is not alive while it does."""
    monkeypatch.setattr(batching, "STUCK_SECONDS", 0.0)
    run = Gated()
    async with batcher_of(run) as batcher:
        before = batcher.alive()
        answer = await occupied(batcher, run)
        stuck = batcher.alive()
        run.let_go()
        await outcomes([answer])
        assert (before, stuck, batcher.alive()) == (True, False, True)


async def test_a_flood_of_one_caller_holds_nobody_up() -> None:
    """One photo of another caller is in the next batch, behind however many of the first."""
    run = Gated()
    async with batcher_of(run, max_batch_size=4) as batcher:
        await occupied(batcher, run)
        flood = await enter(batcher, *range(1, 21), flow=Flow("ada"))
        single = await enter(batcher, 99, flow=Flow("bob"))
        run.let_go()
        await outcomes([*flood, *single])
    assert 99 in run.batches[1]
