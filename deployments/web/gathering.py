"""Questions for the Limiter, gathered while the one before is under way."""

import asyncio

from deployments.errors import Unavailable
from deployments.messages import Charge, Outcome
from deployments.web.ports import Limiter

Claims = tuple[Charge, ...]

# An answer takes a millisecond, on a starved machine some hundred. To count alone because of that
# would let more through, so only a Limiter that hangs is late.
PATIENCE_SECONDS = 2.0


class Gathering:
    """One question at a time: what comes meanwhile goes together in the next.

    A question costs both sides half a millisecond of CPU, whether it asks for one request or for
    two hundred, so a burst costs the Limiter little and nobody in it waits for more than two.
    """

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter
        self._waiting: list[tuple[Claims, asyncio.Future[Outcome]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def take(self, claims: Claims) -> Outcome:
        """Have a request counted; raises whatever the Limiter fails with."""
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((claims, outcome))
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        return await outcome

    async def _ask(self) -> None:
        # What is cancelled is no Exception, and ends this task without a word to those who wait.
        error: Exception = Unavailable("the limiter took its answer back")
        try:
            while self._waiting:
                await self._ask_once()
        except Exception as failure:  # noqa: BLE001  handed to those who wait
            error = failure
        finally:
            # Who came meanwhile would only wait as long again.
            left, self._waiting = self._waiting, []
            for _, waiting in left:
                _fail(waiting, error)

    async def _ask_once(self) -> None:
        """Ask for all who wait by now; they go on waiting until each has their answer."""
        asked = tuple(self._waiting)
        requests = tuple(claims for claims, _ in asked)
        outcomes = await self._limiter.take(requests, budget=PATIENCE_SECONDS)
        for (_, waiting), outcome in zip(asked, outcomes, strict=True):
            if not waiting.done():
                waiting.set_result(outcome)
        del self._waiting[: len(asked)]

    def close(self) -> None:
        """Ask nothing more; whoever still waits is cancelled."""
        if self._asking:
            self._asking.cancel()
        for _, waiting in self._waiting:
            waiting.cancel()


def _fail(waiting: asyncio.Future[Outcome], error: Exception) -> None:
    # A caller who left has cancelled.
    if not waiting.done():
        waiting.set_exception(error)
