"""How long a caller waits, as it is told from node to node."""

import asyncio
import math

import pytest

from deployments.deadline import deadline_in, in_time, seconds_left, told_the_budget
from deployments.errors import DeadlineExceeded


@told_the_budget
async def left() -> float | None:
    """Return what a method of a node finds to be left."""
    return seconds_left()


async def test_a_method_knows_its_budget() -> None:
    """The seconds told are what is left within, and nothing is left of them outside."""
    inside = await left(budget=60)

    assert inside is not None
    assert 59 < inside <= 60
    assert seconds_left() is None


async def test_untold() -> None:
    """Where nobody says how long they wait, there is no deadline."""
    assert await left() is None


@pytest.mark.parametrize("budget", [0, -1, -math.inf])
async def test_late(budget: float) -> None:
    """What comes when the budget is spent is not begun."""
    with pytest.raises(DeadlineExceeded):
        await left(budget=budget)


@pytest.mark.parametrize(("outer", "inner"), [(60, 600), (600, 60)])
def test_the_sooner_deadline_counts(outer: float, inner: float) -> None:
    """A part of the work may have less time than the whole, never more."""
    with deadline_in(outer), deadline_in(inner):
        found = seconds_left()

    assert found is not None
    assert found <= 60


async def test_requests_side_by_side() -> None:
    """Each has its own deadline, whatever runs beside it."""
    outcomes = await asyncio.gather(left(budget=0), left(budget=60), return_exceptions=True)

    assert [type(each) for each in outcomes] == [DeadlineExceeded, float]


async def test_broken_off() -> None:
    """What takes longer is ended, and a timeout of its own stays what it is."""
    with pytest.raises(DeadlineExceeded):
        async with in_time(0.001):
            await asyncio.Future()
    with pytest.raises(TimeoutError):
        async with in_time(60):
            raise TimeoutError
