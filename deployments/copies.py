"""A process's own copy of something small that is stored, and how old it may be."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Generic, Protocol, TypeVar

import structlog

from deployments.errors import Unavailable

# A copy this young is used as it is, so that the database is asked at most once a second.
FRESH_SECONDS = 1.0
# An older one is still used while the next is read; beyond this a request waits for that.
LATE_SECONDS = 3.0
# Longer than this nobody gets at what is stored on an old copy: the database is not answering.
STALE_SECONDS = 30.0
# What is no longer there is dropped now and then, by reading everything anew.
WHOLE_SECONDS = 3600.0
# Nobody waits longer than this for a reading; they go on with the copy at hand.
WAIT_SECONDS = 1.0

log = structlog.get_logger("facegraph.copies")


class Changed(Protocol):
    """What a reading returns; `watermark` is where the next one goes on."""

    @property
    def watermark(self) -> int:
        """The mark to ask for what came later."""
        ...


Changes = TypeVar("Changes", bound=Changed)


class Copy(Generic[Changes]):
    """Reads again when somebody asks; idle, it costs nothing.

    `ask` returns what changed since a watermark, or everything since 0; `take` is given that, and
    whether it is everything. What changed is known here at most `LATE_SECONDS` later, while the
    database answers. `clock` is monotonic.
    """

    def __init__(
        self,
        what: str,
        ask: Callable[[int], Awaitable[Changes]],
        take: Callable[[Changes, bool], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what = what
        self._ask = ask
        self._take = take
        self._clock = clock
        self._watermark = 0
        self._read_at = self._whole_at = self._tried_at = -math.inf
        self._reading: asyncio.Task[None] | None = None

    async def bring_up_to_date(self, oldest: float = STALE_SECONDS) -> None:
        """Come back when the copy is young enough to be asked; Unavailable where it cannot be.

        `oldest` is the age in seconds at which it is asked no more.
        """
        if self._age() <= FRESH_SECONDS:
            return
        reading = self._read_again()
        if reading is not None and self._age() > LATE_SECONDS:
            # Waited for, not awaited: a caller who leaves must not end it for the others.
            left = WAIT_SECONDS - (self._clock() - self._tried_at)
            await asyncio.wait([reading], timeout=max(left, 0))
        if self._age() > oldest:
            raise Unavailable(f"The {self._what} of the service cannot be told at the moment.")

    def close(self) -> None:
        """Give up what is being read."""
        if self._reading is not None:
            self._reading.cancel()

    def _age(self) -> float:
        return self._clock() - self._read_at

    def _read_again(self) -> asyncio.Task[None] | None:
        """Return the reading under way, or a new one; None shortly after one that failed."""
        if self._reading is None or self._reading.done():
            if self._clock() - self._tried_at <= FRESH_SECONDS:
                return None
            self._tried_at = self._clock()
            # Not in the name of the request that happened to find the copy old.
            self._reading = asyncio.create_task(self._read(), context=Context())
        return self._reading

    async def _read(self) -> None:
        began = self._clock()
        whole = began - self._whole_at > WHOLE_SECONDS
        try:
            changes = await self._ask(0 if whole else self._watermark)
            if changes.watermark < self._watermark:
                # Another server, or an older state of this one: what it wrote is behind our mark.
                whole, changes = True, await self._ask(0)
        except Exception as error:  # noqa: BLE001  whatever it is, the copy only gets older
            log.warning("copy not read", of=self._what, error=type(error).__name__)
            return
        if whole:
            self._whole_at = began
        self._take(changes, whole)
        self._watermark, self._read_at = changes.watermark, began
