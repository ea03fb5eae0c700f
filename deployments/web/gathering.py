"""Questions for the Limiter, gathered while the one before is under way."""

import asyncio

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
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        return await outcome

    async def _ask(self) -> None:
        while self._waiting:
            asked, self._waiting = self._waiting, []
            try:
                requests = tuple(claims for claims, _ in asked)
                outcomes = await self._limiter.take(requests, budget=PATIENCE_SECONDS)
            except Exception as error:  # noqa: BLE001  handed to those who wait
                # Who came meanwhile would only wait as long again.
                for _, waiting in asked + self._waiting:
                    _fail(waiting, error)
                self._waiting = []
                break
            for (_, waiting), outcome in zip(asked, outcomes, strict=True):
                if not waiting.done():
                    waiting.set_result(outcome)
        self._asking = None

    def close(self) -> None:
        """Ask nothing more."""
        if self._asking:
            self._asking.cancel()


def _fail(waiting: asyncio.Future[Outcome], error: Exception) -> None:
    # A caller who left has cancelled.
    if not waiting.done():
        waiting.set_exception(error)
