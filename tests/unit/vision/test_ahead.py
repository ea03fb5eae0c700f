"""Ahead: what is made while the last is used, how much of it, by whom, and what goes wrong."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from deployments.vision.ahead import Ahead

ROOM = 40


@pytest.fixture
def thread() -> Iterator[Executor]:
    """Yield the thread that is ahead."""
    with ThreadPoolExecutor(1) as thread:
        yield thread


class AtOnce(Executor):
    """A thread that has made whatever it is asked for before anybody looks."""

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Do it now."""
        future: Future[Any] = Future()
        future.set_result(fn(*arguments, **named))
        return future


class WhenAsked(Executor):
    """A thread so slow that nothing is made before somebody waits for it."""

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Do it when the result is asked for."""
        future: Future[Any] = Future()
        future.result = partial(fn, *arguments, **named)  # type: ignore[method-assign]
        return future


class Made:
    """Makes of numbers what weighs as much, and notes of which, and by which thread."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.threads: list[threading.Thread] = []

    def __call__(self, number: int) -> tuple[int]:
        """Make one; there is none of a negative number."""
        if number < 0:
            raise ValueError(number)
        self.numbers.append(number)
        self.threads.append(threading.current_thread())
        return (number,)


def weight(made: tuple[int]) -> int:
    """Return what it was made of."""
    return made[0]


def ahead(thread: Executor, *, at_once: int = 2) -> Ahead[tuple[int]]:
    """Return one with room for forty."""
    return Ahead(thread, weight, at_once=at_once, room=ROOM)


@pytest.mark.parametrize("at_once", [1, 2, 3])
@pytest.mark.parametrize("items", [[], [1], [0, 0, 0], [1, 2, 3, 4, 5], [99, 1, 99, 99, 1]])
def test_everything_is_made_and_used_once_and_in_order(
    thread: Executor, items: list[int], at_once: int
) -> None:
    """Whatever they weigh and however many are made together."""
    make = Made()
    assert ahead(thread, at_once=at_once).use(items, make, list) == [(each,) for each in items]
    assert make.numbers == items


@pytest.mark.parametrize(
    ("items", "lots"),
    [
        pytest.param([1, 2, 3, 4, 5], [[1, 2], [3, 4], [5]], id="as many as may be at once"),
        pytest.param([50, 1, 2], [[50], [1, 2]], id="a heavy one is alone"),
        pytest.param([1, 2, 50, 1, 1], [[1, 2], [50], [1, 1]], id="wherever it comes"),
        pytest.param([30, 30, 30], [[30, 30], [30]], id="the last one may be more than fits"),
        pytest.param([10, 10, 20, 10], [[10, 10], [20], [10]], id="what is used takes room too"),
    ],
)
def test_who_is_used_together(items: list[int], lots: list[list[int]]) -> None:
    """Fewer than may be at once where they are heavy, and one at least."""
    used: list[list[int]] = []

    def use(made: Sequence[tuple[int]]) -> list[None]:
        used.append([weight(each) for each in made])
        return []

    ahead(AtOnce()).use(items, Made(), use)
    assert used == lots


@pytest.mark.parametrize(
    "items", [[1] * 9, [40] * 9, [39] * 9, [39, 1, 40, 20, 19, 40, 1, 1, 40], [1, 40] * 4]
)
def test_what_is_held_is_bounded(items: list[int]) -> None:
    """Less than the room and the heaviest one, and no more than twice as many as are at once."""
    make = Made()
    held: list[list[int]] = []
    done: list[int] = []

    def use(made: Sequence[tuple[int]]) -> list[None]:
        held.append(make.numbers[len(done) :])
        done.extend(map(weight, made))
        return []

    ahead(AtOnce()).use(items, make, use)
    assert max(map(sum, held)) < ROOM + max(items)
    assert max(map(len, held)) <= 2 * 2


def test_the_next_are_made_while_the_first_are_used() -> None:
    """That is what it is for, and the ones after them are not."""
    make = Made()
    ahead_of: list[list[int]] = []

    def use(_: Sequence[tuple[int]]) -> list[None]:
        ahead_of.append(list(make.numbers))
        return []

    ahead(AtOnce()).use(range(6), make, use)
    assert ahead_of == [[0, 1, 2, 3], [0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5]]


def test_what_was_used_is_let_go() -> None:
    """Whoever keeps the list finds it empty when the next one is used."""
    seen: list[Sequence[tuple[int]]] = []
    left: list[int] = []

    def use(made: Sequence[tuple[int]]) -> list[None]:
        left.append(sum(map(len, seen)))
        seen.append(made)
        return []

    ahead(AtOnce()).use(range(6), Made(), use)
    assert left == [0, 0, 0]


def test_the_first_are_made_by_who_asks(thread: Executor) -> None:
    """A lone item is not handed over; all others are made beside what their user does."""
    make = Made()
    ahead(thread, at_once=1).use(range(3), make, list)
    here = threading.current_thread()
    assert [each is here for each in make.threads] == [True, False, False]


def test_what_cannot_be_made_is_told_in_its_turn(thread: Executor) -> None:
    """Those before it are used, and what went wrong is raised then."""
    used: list[tuple[int]] = []

    def use(made: Sequence[tuple[int]]) -> list[None]:
        used.extend(made)
        return []

    with pytest.raises(ValueError, match="-2"):
        ahead(thread, at_once=1).use([1, -2, 3], Made(), use)
    assert used == [(1,)]


def test_who_fails_leaves_nothing_under_way() -> None:
    """What is made meanwhile is waited for, so that the next run does not come on top of it."""
    make = Made()

    def fail(_: Sequence[tuple[int]]) -> list[None]:
        raise LookupError

    with pytest.raises(LookupError):
        ahead(WhenAsked(), at_once=1).use([0, 1, 2], make, fail)
    assert make.numbers == [0, 1]
