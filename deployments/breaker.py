"""A circuit breaker: while a dependency is away, whoever needs it hears so at once.

Knows nothing of Ray or PostgreSQL. Why it is our own: docs/decisions/0013-circuit-breakers.md.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import Context

import structlog

from deployments import instruments
from deployments.deadline import LATE
from deployments.errors import DeadlineExceeded, FacegraphError, RetryLater, Unavailable

# Calls that go unanswered for so long are a reason to ask; a slow one among others is none.
PATIENCE_SECONDS = 1.0
# A dependency that is there answers the question in milliseconds, on a starved machine in hundreds.
PROBE_SECONDS = 2.0
AGAIN_SECONDS = 0.5

log = structlog.get_logger("facegraph.breaker")


class Breaker:
    """Lets calls through, except while the dependency does not answer a question of our own.

    Only the outcome of `probe` opens and closes it: no request is the guinea pig, and none that is
    slow or late opens it. It is asked when a call fails with one of `signs`, when calls are under
    way and none was answered for `PATIENCE_SECONDS`, and again and again while the breaker is open.
    It is answered too where it fails with anything but a sign, and while others are answered it is
    the question that goes wrong.

    Lives as long as its event loop, or until it is closed.
    """

    def __init__(
        self,
        name: str,
        probe: Callable[[], Awaitable[object]],
        signs: tuple[type[BaseException], ...],
    ) -> None:
        self.open = False
        self._name = name
        self._up = instruments.dependency_up.labels(name)
        self._up.set(1)
        self._probe = probe
        self._signs = signs
        self._under_way: set[asyncio.Timeout] = set()
        self._broken_off: set[asyncio.Timeout] = set()
        self._unanswered_since: float | None = None
        self._answered_at = -math.inf
        self._look: asyncio.TimerHandle | None = None
        self._asking: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def call(self, budget: float | None) -> AsyncIterator[None]:
        """Let one call through; it is broken off after `budget` seconds, or when the breaker opens.

        Unavailable while the dependency is away, before anything was done; DeadlineExceeded.
        """
        if self.open:
            raise self._away()
        try:
            async with asyncio.timeout(budget) as deadline:
                with self._watched(deadline):
                    yield
        except TimeoutError as error:
            if not deadline.expired():
                raise
            raise self._why_broken_off(deadline) from error
        finally:
            self._broken_off.discard(deadline)

    def close(self) -> None:
        """Ask nothing more."""
        for each in (self._look, self._asking):
            if each is not None:
                each.cancel()

    @contextmanager
    def _watched(self, deadline: asyncio.Timeout) -> Iterator[None]:
        """Learn from how a call ends; one that is broken off or refused says nothing."""
        self._begin_waiting(deadline)
        try:
            yield
        except FacegraphError as error:
            if not isinstance(error, RetryLater):
                self._was_answered(deadline)
            raise
        except self._signs:
            self._ask()
            raise
        else:
            self._was_answered(deadline)
        finally:
            self._under_way.discard(deadline)

    def _begin_waiting(self, deadline: asyncio.Timeout) -> None:
        loop = asyncio.get_running_loop()
        self._under_way.add(deadline)
        if self._unanswered_since is None:
            self._unanswered_since = loop.time()
        if self._look is None:
            self._look = loop.call_later(PATIENCE_SECONDS, self._look_after_calls)

    def _was_answered(self, deadline: asyncio.Timeout) -> None:
        self._under_way.discard(deadline)
        self._answered_at = asyncio.get_running_loop().time()
        self._wait_anew()

    def _wait_anew(self) -> None:
        now = asyncio.get_running_loop().time()
        self._unanswered_since = now if self._under_way else None

    def _look_after_calls(self) -> None:
        """Ask where nothing was answered for long; look again while there is something to wait for.

        One look at a time, every second at most, costs a call nothing.
        """
        self._look = None
        if self._unanswered_since is None:
            return
        loop = asyncio.get_running_loop()
        left = self._unanswered_since + PATIENCE_SECONDS - loop.time()
        if left <= 0:
            self._ask()
        self._look = loop.call_later(left if left > 0 else PATIENCE_SECONDS, self._look_after_calls)

    def _ask(self) -> None:
        if self._asking is None or self._asking.done():
            # Not in the context of the request that gave the reason: Ray ends what belongs to one.
            self._asking = asyncio.create_task(self._ask_until_answered(), context=Context())

    async def _ask_until_answered(self) -> None:
        answered = False
        while not answered:
            asked_at = asyncio.get_running_loop().time()
            answered = await self._is_there()
            self._settle(away=not answered and self._answered_at < asked_at)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _is_there(self) -> bool:
        """Ask, and once more where that fails at once: a replica may die of any question."""
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                return await self._answers() or await self._answers()
        except TimeoutError:
            return False

    async def _answers(self) -> bool:
        try:
            await self._probe()
        except FacegraphError:
            return True  # Ray wraps it in one of its own, which may be a sign.
        except self._signs:
            return False
        except Exception:  # noqa: BLE001  whatever it says, it answers
            return True
        return True

    def _settle(self, *, away: bool) -> None:
        if not away:
            self._wait_anew()
        if away is not self.open:
            self.open = away
            self._up.set(not away)
            log.warning("dependency away" if away else "dependency back", dependency=self._name)
        if away:
            for deadline in self._under_way:
                if not deadline.expired():
                    self._broken_off.add(deadline)
                    deadline.reschedule(asyncio.get_running_loop().time())

    def _why_broken_off(self, deadline: asyncio.Timeout) -> FacegraphError:
        return self._away() if deadline in self._broken_off else DeadlineExceeded(LATE)

    def _away(self) -> Unavailable:
        return Unavailable(f"The {self._name} is not answering.")
