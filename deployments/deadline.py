"""How long the caller of what runs here still waits, as the node was told when it was entered.

Seconds cross the wire and instants do not, for the clocks of two machines need not agree. So what a
call spent on its way is not counted; a caller who gave up meanwhile has cancelled it.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from functools import wraps
from time import monotonic
from typing import Any

from deployments.errors import DeadlineExceeded

_DEADLINE: ContextVar[float] = ContextVar("deadline", default=math.inf)

LATE = "The deadline passed before the answer was ready."


@contextmanager
def deadline_in(seconds: float) -> Iterator[None]:
    """Let what runs within be late in so many seconds, or when all around it is, if sooner."""
    token = _DEADLINE.set(min(_DEADLINE.get(), monotonic() + seconds))
    try:
        yield
    finally:
        _DEADLINE.reset(token)


def seconds_left() -> float | None:
    """Return the seconds until the deadline, None without one; DeadlineExceeded after it."""
    left = _DEADLINE.get() - monotonic()
    if left <= 0:
        raise DeadlineExceeded(LATE)
    return left if left < math.inf else None


@asynccontextmanager
async def in_time(seconds: float | None) -> AsyncIterator[None]:
    """Break off what runs within after so many seconds; DeadlineExceeded."""
    try:
        async with asyncio.timeout(seconds) as deadline:
            yield
    except TimeoutError as error:
        if not deadline.expired():
            raise
        raise DeadlineExceeded(LATE) from error


def told_the_budget(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Give a method of a node the argument `budget`: the seconds its caller still waits."""

    @wraps(method)
    async def entered(*arguments: Any, budget: float = math.inf) -> Any:
        with deadline_in(budget):
            return await method(*arguments)

    return entered
