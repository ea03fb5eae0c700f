"""One ahead: what is made while the last is used, by whom, and what goes wrong."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import pytest

from deployments.vision.ahead import one_ahead


@pytest.fixture
def thread() -> Iterator[Executor]:
    """Yield the thread that is one ahead."""
    with ThreadPoolExecutor(1) as thread:
        yield thread


class Made:
    """Makes texts of numbers, and notes which, by which thread."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.threads: list[threading.Thread] = []

    def __call__(self, number: int) -> str:
        """Make one; there is none of a negative number."""
        if number < 0:
            raise ValueError(number)
        self.numbers.append(number)
        self.threads.append(threading.current_thread())
        return str(number)


class AtOnce(Executor):
    """A thread that has made whatever it is asked for before anybody looks."""

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Do it now."""
        future: Future[Any] = Future()
        future.set_result(fn(*arguments, **named))
        return future


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_everything_is_made_once_and_in_order(thread: Executor, count: int) -> None:
    """Whatever the number of items, each gives what it alone would give."""
    make = Made()
    assert list(one_ahead(thread, make, range(count))) == [str(at) for at in range(count)]
    assert make.numbers == list(range(count))


def test_no_more_than_one_is_made_ahead() -> None:
    """While one is used the next is made, and the one after that is not."""
    make = Made()
    made = [list(make.numbers) for _ in one_ahead(AtOnce(), make, range(4))]
    assert made == [[0, 1], [0, 1, 2], [0, 1, 2, 3], [0, 1, 2, 3]]


def test_the_first_is_made_by_who_asks(thread: Executor) -> None:
    """A lone item is not handed over; all others are made beside what their user does."""
    make = Made()
    list(one_ahead(thread, make, range(3)))
    here = threading.current_thread()
    assert [each is here for each in make.threads] == [True, False, False]


def test_what_cannot_be_made_is_told_in_its_turn(thread: Executor) -> None:
    """Those before it are used, and what went wrong is raised when it is asked for."""
    making = one_ahead(thread, Made(), [1, -2, 3])
    assert next(making) == "1"
    with pytest.raises(ValueError, match="-2"):
        next(making)
