"""A staircase says at each moment what is offered, and which part of each step counts."""

from itertools import pairwise

import pytest

from locustfiles.steps import (
    LEVELS,
    RAMP,
    RAMP_TIMES,
    SHORT,
    SPIKE,
    Step,
    Window,
    offered,
    plan,
    seconds,
    windows,
)

TWO = (Step(0.5, 8), Step(3, 20))


@pytest.mark.parametrize(
    ("elapsed", "multiple"), [(0, 0.5), (7.9, 0.5), (8, 3), (27.9, 3), (28, None), (99, None)]
)
def test_a_step_holds_until_the_next_begins(elapsed: float, multiple: float | None) -> None:
    """A step's end belongs to the step after it, and after the last there is nothing."""
    assert offered(TWO, elapsed) == multiple


def test_the_beginning_of_a_step_does_not_count() -> None:
    """Three seconds of it are given up, or a quarter of a step that is shorter than twelve."""
    assert list(windows(TWO)) == [Window(0.5, 2, 8), Window(3, 11, 28)]


def test_a_step_that_does_not_count_takes_its_time() -> None:
    """What comes after it is judged, and not what was left to it."""
    assert list(windows((Step(0.4, 3, counts=False), Step(0.8, 8)))) == [Window(0.8, 5, 11)]


def test_no_level_follows_the_highest_at_once() -> None:
    """The lowest, which it is held against, would have its queue to work off."""
    after_highest = [late for early, late in pairwise(LEVELS) if early.multiple == 3]
    assert after_highest
    assert all(step.multiple < 0.8 and not step.counts for step in after_highest)


def test_a_ramp_is_climbed_again() -> None:
    """From idle to the top and back, as often as it says."""
    multiples = [step.multiple for step in RAMP]
    assert multiples.count(3) == RAMP_TIMES == 2
    assert multiples[0] == multiples[-1] == min(multiples)


@pytest.mark.parametrize("steps", [RAMP, LEVELS, SHORT])
def test_what_is_judged_is_offered(steps: tuple[Step, ...]) -> None:
    """There are steps at 0.8 and at three times the capacity, and nothing exceeds those."""
    multiples = [step.multiple for step in steps]
    assert {0.8, 3} <= set(multiples)
    assert max(multiples) == 3


def test_a_spike_ends_where_it_began() -> None:
    """What callers feel after it can be held against what they felt before."""
    assert SPIKE[0].multiple == SPIKE[-1].multiple < 1 < SPIKE[1].multiple


def test_only_a_soak_lasts_as_long_as_it_is_told() -> None:
    """Its minutes are its own."""
    assert seconds(plan("soak", 20)) == 1200
    assert plan("ramp", 20) == plan("ramp", 1) == RAMP
