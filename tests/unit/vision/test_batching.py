"""Batches: whose answer is whose, what runs together, and what goes wrong in a run."""

import asyncio
from collections.abc import Sequence

import pytest

from deployments.errors import Overloaded, UndecodableImage
from tests.unit.vision.gated import (
    AMPLE,
    Gated,
    Run,
    batcher_of,
    doubled,
    enter,
    occupied,
    outcomes,
)


async def test_a_lone_item_is_served_at_once() -> None:
    """An idle batcher runs what comes, alone, and says how long it queued."""
    async with batcher_of(doubled) as batcher:
        served = await batcher.submit(21, AMPLE)
    assert served.result == 42
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


def failing_on_two(failure: BaseException) -> Run:
    """Return a run that doubles, and breaks where a 2 is among its items."""

    def run(items: Sequence[int]) -> list[int | Exception]:
        if 2 in items:
            raise failure
        return doubled(items)

    return run


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (ValueError("broken"), ValueError),
        (asyncio.CancelledError(), RuntimeError),
        (SystemExit(1), RuntimeError),
    ],
)
async def test_a_run_that_fails_fails_for_its_cause_alone(
    failure: BaseException, told: type[Exception]
) -> None:
    """An item that breaks its run never breaks its neighbours, and the next batch is served."""
    async with batcher_of(failing_on_two(failure)) as batcher:
        assert await outcomes(await enter(batcher, 1, 2, 3)) == [2, told, 6]
        assert batcher.alive()
        assert await outcomes(await enter(batcher, 3)) == [6]


async def test_a_batch_is_counted_once_also_when_its_items_are_run_again() -> None:
    """The sizes told add up to the items served, whatever became of their runs."""
    sizes: list[int] = []
    async with batcher_of(failing_on_two(ValueError("broken")), sizes.append) as batcher:
        await outcomes(await enter(batcher, 1, 2, 3))
        await outcomes(await enter(batcher, 4, 5))
    assert sizes == [3, 2]


@pytest.mark.parametrize("surplus", [-1, 1])
async def test_a_wrong_number_of_results_is_an_error_for_each(surplus: int) -> None:
    """If results cannot be told apart, nobody gets one that may be another's."""
    async with batcher_of(lambda items: [0] * (len(items) + surplus)) as batcher:
        answers = await enter(batcher, 1, 2, 3)
        assert await outcomes(answers) == [RuntimeError] * 3


async def test_a_lone_item_may_wait_for_company() -> None:
    """With a wait allowed, the second arrival starts the batch at once."""
    run = Gated()
    run.let_go()
    async with batcher_of(run, max_wait_seconds=AMPLE) as batcher:
        first = await enter(batcher, 1)
        second = await enter(batcher, 2)
        assert await outcomes(first + second) == [2, 4]
    assert run.batches == [[1, 2]]


async def test_company_is_not_waited_for_longer_than_allowed() -> None:
    """A lone item is served after the wait."""
    async with batcher_of(doubled, max_wait_seconds=0.005) as batcher:
        served = await batcher.submit(1, AMPLE)
    assert served.result == 2
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
