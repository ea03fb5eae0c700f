"""What callers may still ask: counted in one place for all replicas, or here while that is away."""

import asyncio
import time
from collections.abc import Mapping
from typing import Literal

import structlog

from deployments.errors import Overloaded, RateLimited
from deployments.messages import Charge, Outcome, Quota, Window
from deployments.rate_limit import Counters
from deployments.web.gathering import Gathering
from deployments.web.ports import Limiter

Counted = Literal["image", "other", "log_in", "refresh", "address", "log_in_address", "hashing"]
"""The limits by name; `hashing` is of the whole service, the others of a caller."""

EVERYBODY = "*"
SHARED = frozenset({"hashing"})

LOOK_AGAIN_SECONDS = 0.5

log = structlog.get_logger("facegraph.web")


class Limits:
    """The limits of the service, and this replica's view of what was used of them.

    Lives as long as the application; `windows`, by the name of the limit, may be changed at any
    time. Every request is counted by the Limiter, and once more here:
    while the Limiter is away this replica goes on with what it has counted, so that it never lets
    more through by itself than the limits say.
    """

    def __init__(self, limiter: Limiter, windows: Mapping[str, tuple[Window, ...]]) -> None:
        self.windows = windows
        self._limiter = Gathering(limiter)
        self._own = Counters()
        self._looking: asyncio.Task[None] | None = None

    def claim(self, limit: Counted, who: str = EVERYBODY, cost: int = 1) -> Charge:
        """Return what `cost` requests of `who` ask of a limit."""
        return Charge(limit, who, self.windows[limit], cost)

    async def take(self, *claims: Charge) -> tuple[Quota, ...]:
        """Count a request and return how the caller's own limits stand now.

        Counts under all claims or under none. Raises RateLimited where a limit of the caller's own
        is used up, Overloaded where one of the whole service is.
        """
        limited = tuple(claim for claim in claims if claim.windows and claim.cost)
        if not limited:
            return ()
        self.check(*limited)
        outcome = await self._count(limited)
        if outcome.refused:
            raise _refusal(outcome.refused)
        return tuple(quota for quota in outcome.quotas if quota.limit not in SHARED)

    def check(self, *claims: Charge) -> None:
        """Raise what `take` would where this replica knows of no room; asks and counts nothing."""
        refused = self._own.refusal(claims)
        if refused:
            raise _refusal(refused)

    async def _count(self, claims: tuple[Charge, ...]) -> Outcome:
        if self._looking:
            return self._own.take(claims)
        asked = time.monotonic()
        try:
            outcome = await self._limiter.take(claims)
        except Exception as error:  # noqa: BLE001  whatever ails the Limiter, requests go on
            self._go_on_alone(error)
            return self._own.take(claims)
        if outcome.refused:
            # Who comes again before the wait is over needs no answer from elsewhere.
            self._own.close(claims, outcome.refused, asked)
        else:
            self._own.take(claims)
        return outcome

    def _go_on_alone(self, error: Exception) -> None:
        if self._looking is None:
            log.warning("limiter away", error=type(error).__name__)
            self._looking = asyncio.create_task(self._look_for_limiter())

    async def _look_for_limiter(self) -> None:
        answers = False
        while not answers:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            answers = await self._answers()
        self._looking = None
        log.warning("limiter back")

    async def _answers(self) -> bool:
        try:
            await self._limiter.take(())
        except Exception:  # noqa: BLE001  told once already; the next look comes soon
            return False
        return True

    def close(self) -> None:
        """Stop asking the Limiter, and looking for one that is away."""
        self._limiter.close()
        if self._looking:
            self._looking.cancel()


def _refusal(refused: Quota) -> Exception:
    if refused.limit in SHARED:
        return Overloaded(
            f"The service takes no more of this kind ({refused.limit}).", refused.reset
        )
    window = refused.window
    used = f"{window.amount} in {window.seconds} s"
    detail = f"The limit {refused.policy} of {used} is used up."
    return RateLimited(detail, refused.reset, (refused,))
