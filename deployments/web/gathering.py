"""Questions for the Limiter, gathered while the one before is under way."""

import asyncio
from contextvars import Context

from deployments.errors import Unavailable
from deployments.messages.limits import Entry, Outcome
from deployments.web.ports import Limiter
from deployments.web.seats import Seat, Seats

# An answer takes a millisecond, on a starved machine some hundred. To count alone because of that
# would let more through, so only a Limiter that hangs is late.
PATIENCE_SECONDS = 2.0
# What ended is told with the next question, or after this by itself: the Limiter measures by it.
TELL_SECONDS = 0.05
# Whoever holds a place says so this often, well within the lease.
RENEW_SECONDS = 1.0

Answer = tuple[Outcome, Seat | None]


class Gathering:
    """One question at a time: what comes meanwhile goes together in the next.

    A question costs both sides half a millisecond of CPU, whether it asks for one request or for
    two hundred, so a burst costs the Limiter little and nobody in it waits for more than two. Each
    tells what the replica holds, so a place is taken here the moment the answer comes.
    """

    def __init__(self, limiter: Limiter, seats: Seats) -> None:
        self._limiter = limiter
        self._seats = seats
        self._waiting: list[tuple[Entry, asyncio.Future[Answer]]] = []
        self._asking: asyncio.Task[None] | None = None
        self._telling: asyncio.TimerHandle | None = None
        seats.on_change = self._tell_soon

    async def take(self, entry: Entry) -> Answer:
        """Have a request let in or not; raises whatever the Limiter fails with."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, answer))
        self._ask_now()
        try:
            return await answer
        except asyncio.CancelledError:
            _leave(answer)
            raise

    async def tell(self) -> None:
        """Say what is held, and come back when the Limiter has heard; raises what it fails with."""
        await self.take(Entry(()))

    def _ask_now(self) -> None:
        if self._asking is None or self._asking.done():
            # Not in the context of the request that asks: Ray ends what belongs to one that leaves.
            self._asking = asyncio.create_task(self._ask(), context=Context())

    def _tell_soon(self, seconds: float = TELL_SECONDS) -> None:
        loop = asyncio.get_running_loop()
        if self._telling and self._telling.when() <= loop.time() + seconds:
            return
        self._forget_to_tell()
        self._telling = loop.call_later(seconds, self._tell_now)

    def _tell_now(self) -> None:
        self._telling = None
        self._ask_now()

    async def _ask(self) -> None:
        # What is cancelled is no Exception, and ends this task without a word to those who wait.
        error: Exception = Unavailable("the limiter took its answer back")
        try:
            await self._ask_once()
            while self._waiting:
                await self._ask_once()
        except Exception as failure:  # noqa: BLE001  handed to those who wait
            error = failure
            self._tell_soon(RENEW_SECONDS)  # What was told may not have been heard.
        finally:
            # Who came meanwhile would only wait as long again.
            left, self._waiting = self._waiting, []
            for _, waiting in left:
                _fail(waiting, error)

    async def _ask_once(self) -> None:
        """Ask for all who wait by now; they go on waiting until each has their answer."""
        self._forget_to_tell()
        asked = tuple(self._waiting)
        entries = tuple(entry for entry, _ in asked)
        outcomes = await self._limiter.take(entries, self._seats.told(), budget=PATIENCE_SECONDS)
        for (entry, waiting), outcome in zip(asked, outcomes, strict=True):
            if waiting.done():  # They left, and the Limiter counts a place that nobody has.
                self._tell_soon()
            else:
                waiting.set_result((outcome, self._seat(entry, outcome)))
        del self._waiting[: len(asked)]
        if len(self._seats):
            self._tell_soon(RENEW_SECONDS)

    def _seat(self, entry: Entry, outcome: Outcome) -> Seat | None:
        refused = outcome.refused or outcome.drain_seconds is not None
        return None if refused or entry.flow is None else self._seats.enter(entry.flow)

    def _forget_to_tell(self) -> None:
        if self._telling:
            self._telling.cancel()
            self._telling = None

    def close(self) -> None:
        """Ask nothing more; whoever still waits is cancelled."""
        self._forget_to_tell()
        if self._asking:
            self._asking.cancel()
        for _, waiting in self._waiting:
            waiting.cancel()


def _leave(answer: asyncio.Future[Answer]) -> None:
    """Give back the place of one who left between the answer and hearing it."""
    if answer.done() and not answer.cancelled() and answer.exception() is None:
        seat = answer.result()[1]
        if seat:
            seat.leave()


def _fail(waiting: asyncio.Future[Answer], error: Exception) -> None:
    # A caller who left has cancelled.
    if not waiting.done():
        waiting.set_exception(error)
