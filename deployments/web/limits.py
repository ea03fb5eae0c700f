"""What callers may still ask: counted in one place for all replicas, or here while that is away."""

import asyncio
import time
from collections.abc import Mapping
from contextvars import Context
from typing import Literal

import structlog

from deployments.admissions import Admissions
from deployments.errors import Overloaded, RateLimited
from deployments.messages.limits import CapacityBounds, Charge, Entry, Quota, Window
from deployments.messages.sharing import Flow
from deployments.web.gathering import Answer, Gathering
from deployments.web.ports import Limiter
from deployments.web.seats import Seat, Seats

Counted = Literal["image", "other", "log_in", "refresh", "address", "log_in_address", "hashing"]
"""The limits by name; `hashing` is of the whole service, the others of a caller."""

EVERYBODY = "*"
SHARED = frozenset({"hashing"})

LOOK_AGAIN_SECONDS = 0.5

log = structlog.get_logger("facegraph.web")


class Limits:
    """The limits and the capacity of the service, and this replica's view of what was used.

    Lives as long as the application; `windows`, by the name of the limit, and `bounds` may be
    changed at any time. Every request is counted by the Limiter, and once more here:
    while the Limiter is away this replica goes on with what it has counted, so that it never lets
    more through by itself than the limits say.
    """

    def __init__(
        self,
        limiter: Limiter,
        windows: Mapping[str, tuple[Window, ...]],
        bounds: CapacityBounds,
    ) -> None:
        self.windows = windows
        self._seats = Seats(bounds)
        self._limiter = Gathering(limiter, self._seats)
        self._own = Admissions()
        self._looking: asyncio.Task[None] | None = None

    @property
    def bounds(self) -> CapacityBounds:
        """How much work may be under way in the whole service."""
        return self._seats.bounds

    @bounds.setter
    def bounds(self, bounds: CapacityBounds) -> None:
        self._seats.bounds = bounds

    def claim(self, limit: Counted, who: str = EVERYBODY, cost: int = 1) -> Charge:
        """Return what `cost` requests of `who` ask of a limit."""
        return Charge(limit, who, self.windows[limit], cost)

    async def take(self, *claims: Charge) -> tuple[Quota, ...]:
        """Count a request and return how the caller's own limits stand now.

        Counts under all claims or under none. Raises RateLimited where a limit of the caller's own
        is used up, Overloaded where one of the whole service is.
        """
        quotas, _ = await self._enter(claims, None)
        return quotas

    async def admit(self, flow: Flow, *claims: Charge) -> tuple[tuple[Quota, ...], Seat]:
        """Count a request and give it a place, which it has to leave.

        Raises what `take` raises, and Overloaded, with nothing counted, where no place is free.
        """
        quotas, seat = await self._enter(claims, flow)
        assert seat is not None  # noqa: S101  whoever asks for one and is let in has it
        return quotas, seat

    def check(self, *claims: Charge) -> None:
        """Raise what `take` would where this replica knows of no room; asks and counts nothing."""
        refused = self._own.counters.refusal(claims)
        if refused:
            raise _refusal(refused)

    async def _enter(
        self, claims: tuple[Charge, ...], flow: Flow | None
    ) -> tuple[tuple[Quota, ...], Seat | None]:
        limited = tuple(claim for claim in claims if claim.windows and claim.cost)
        if not limited and flow is None:
            return (), None
        self.check(*limited)
        if flow:
            _refuse_overload(self._seats.closed(flow))
        outcome, seat = await self._count(Entry(limited, flow))
        if outcome.refused:
            raise _refusal(outcome.refused)
        _refuse_overload(outcome.drain_seconds)
        return tuple(quota for quota in outcome.quotas if quota.limit not in SHARED), seat

    async def _count(self, entry: Entry) -> Answer:
        if self._looking:
            return self._count_here(entry)
        asked = time.monotonic()
        try:
            outcome, seat = await self._limiter.take(entry)
        except Exception as error:  # noqa: BLE001  whatever ails the Limiter, requests go on
            self._go_on_alone(error)
            return self._count_here(entry)
        # Who comes again before the wait is over needs no answer from elsewhere.
        if outcome.refused:
            self._own.counters.close(entry.charges, outcome.refused, asked)
        elif outcome.drain_seconds is None:
            self._own.counters.take(entry.charges)
        elif entry.flow:
            self._seats.close(entry.flow, outcome.drain_seconds)
        return outcome, seat

    def _count_here(self, entry: Entry) -> Answer:
        (outcome,) = self._own.take((entry,), self._seats.told())
        let_in = outcome.refused is None and outcome.drain_seconds is None
        return outcome, self._seats.enter(entry.flow) if let_in and entry.flow else None

    def _go_on_alone(self, error: Exception) -> None:
        if self._looking is None:
            log.warning("limiter away", error=type(error).__name__)
            # Not in the context of the request that found out: Ray ends what belongs to one.
            self._looking = asyncio.create_task(self._look_for_limiter(), context=Context())

    async def _look_for_limiter(self) -> None:
        answers = False
        while not answers:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            answers = await self._answers()
        self._looking = None
        log.warning("limiter back")

    async def _answers(self) -> bool:
        try:
            await self._limiter.tell()
        except Exception:  # noqa: BLE001  told once already; the next look comes soon
            return False
        return True

    def close(self) -> None:
        """Stop asking the Limiter, and looking for one that is away."""
        self._limiter.close()
        if self._looking:
            self._looking.cancel()


def _refuse_overload(drain_seconds: float | None) -> None:
    if drain_seconds is not None:
        raise Overloaded("The service is at capacity.", drain_seconds)


def _refusal(refused: Quota) -> Exception:
    if refused.limit in SHARED:
        return Overloaded(
            f"The service takes no more of this kind ({refused.limit}).", refused.reset
        )
    window = refused.window
    used = f"{window.amount} in {window.seconds} s"
    detail = f"The limit {refused.policy} of {used} is used up."
    return RateLimited(detail, refused.reset, (refused,))
