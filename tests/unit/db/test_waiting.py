"""How many may wait for a connection."""

from contextlib import ExitStack

import pytest

from db.waiting import LONGEST_SECONDS, Waiting
from deployments.errors import Overloaded
from tests.unit.clock import Clock

PLACES = 4


@pytest.fixture
def waiting(clock: Clock) -> Waiting:
    """Return a line for four connections that nobody has used yet."""
    return Waiting(PLACES, clock)


def used_for(waiting: Waiting, clock: Clock, seconds: float) -> None:
    """Use connections often enough for the pace to be this one."""
    for _ in range(100):
        with waiting.place(), waiting.held():
            clock.now += seconds


def let_in(waiting: Waiting, stack: ExitStack) -> int:
    """Let people in until one is refused, who is not counted; return how many came in."""
    for number in range(10_000):
        try:
            stack.enter_context(waiting.place())
        except Overloaded:
            return number
    raise AssertionError("nobody is ever refused")


@pytest.mark.parametrize("seconds", [0.005, 0.05, 0.5])
def test_as_many_wait_as_are_served_soon(waiting: Waiting, clock: Clock, seconds: float) -> None:
    """At the pace of late the last one let in waits for half a second, however long each takes."""
    used_for(waiting, clock, seconds)
    with ExitStack() as stack:
        waiters = let_in(waiting, stack) - PLACES

    assert waiters == pytest.approx(LONGEST_SECONDS * PLACES / seconds, abs=1)


def test_who_is_refused_hears_when_to_come(waiting: Waiting, clock: Clock) -> None:
    """The wait they are told is that of those before them."""
    used_for(waiting, clock, 0.1)
    with ExitStack() as stack:
        waiters = let_in(waiting, stack) - PLACES
        with pytest.raises(Overloaded) as refusal, waiting.place():
            pass

    assert refusal.value.retry_after == pytest.approx(0.1 * (waiters + 1) / PLACES, rel=0.01)


def test_a_free_connection_refuses_nobody(waiting: Waiting, clock: Clock) -> None:
    """Whoever finds one free comes in, even where the last was held for a minute."""
    used_for(waiting, clock, 60)
    with ExitStack() as stack:
        came = let_in(waiting, stack)

    assert came == PLACES


def test_nothing_was_measured_yet(waiting: Waiting, clock: Clock) -> None:
    """Before any pace is known a burst comes in; once nobody moves on, nobody comes in either."""
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(waiting.place())
        clock.now += 1
        with pytest.raises(Overloaded):
            stack.enter_context(waiting.place())


def test_who_gives_up_is_no_move(waiting: Waiting, clock: Clock) -> None:
    """Behind a table that is locked nobody comes in, however many lose their patience."""
    used_for(waiting, clock, 0.005)
    with ExitStack() as stack:
        for _ in range(PLACES):
            stack.enter_context(waiting.place())
            stack.enter_context(waiting.held())
        for _ in range(2):
            with waiting.place():
                clock.now += 1.1
        with pytest.raises(Overloaded):
            stack.enter_context(waiting.place())


def test_after_a_quiet_night(waiting: Waiting, clock: Clock) -> None:
    """That nobody came for hours is no sign that nobody moves on."""
    used_for(waiting, clock, 0.005)
    clock.now += 10_000
    with ExitStack() as stack:
        assert let_in(waiting, stack) > PLACES


def test_who_left_makes_room(waiting: Waiting, clock: Clock) -> None:
    """A place is given back however its use ends."""
    used_for(waiting, clock, 0.5)
    with pytest.raises(ValueError, match="a bug"), waiting.place():
        raise ValueError("a bug")
    with ExitStack() as stack:
        assert let_in(waiting, stack) >= PLACES
