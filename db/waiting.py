"""How many may wait for a connection: as many as are served soon, at the pace measured."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from deployments.errors import Overloaded

# Whoever would wait longer is told to come again, and when.
LONGEST_SECONDS = 0.5

# How much the latest counts in the seconds that a connection is held.
_LATEST_WEIGHT = 0.1


class Waiting:
    """Those who hold one of `places` connections and those who wait for one; holds none itself.

    Lives as long as the pool. `clock` is monotonic.
    """

    def __init__(self, places: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._places = places
        self._clock = clock
        self._inside = 0
        self._held_seconds = 0.0
        self._moved_at = clock()

    @property
    def inside(self) -> int:
        """How many hold a connection or wait for one."""
        return self._inside

    @contextmanager
    def place(self) -> Iterator[None]:
        """Count somebody in, who waits for a connection and then holds it; Overloaded."""
        seconds = self._seconds_to_drain()
        if seconds > LONGEST_SECONDS:
            raise Overloaded("Every connection to the database is in use.", seconds)
        self._inside += 1
        if self._inside <= self._places:
            self._moved_at = self._clock()
        try:
            yield
        finally:
            self._inside -= 1

    @contextmanager
    def held(self) -> Iterator[None]:
        """Measure how long a connection is held."""
        began = self._clock()
        try:
            yield
        finally:
            self._moved_at = self._clock()
            seconds = self._moved_at - began
            self._held_seconds += _LATEST_WEIGHT * (seconds - self._held_seconds)

    def _seconds_to_drain(self) -> float:
        """Return how long whoever comes now waits, at the pace of late.

        While nobody moves on, each is held at least as long as that has been so.
        """
        ahead = self._inside + 1 - self._places
        if ahead <= 0:
            return 0.0
        return ahead * max(self._held_seconds, self._clock() - self._moved_at) / self._places
