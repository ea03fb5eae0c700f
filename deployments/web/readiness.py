"""Whether the service can work, asked at most once a second however many want to know."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

import structlog

CHECK_SECONDS = 2.0
KEPT_SECONDS = 1.0

Checks = Mapping[str, Callable[[], Awaitable[object]]]

log = structlog.get_logger("facegraph.web")


class Readiness:
    """The checks by name, and their last outcome; lives as long as the application."""

    def __init__(self, checks: Checks, clock: Callable[[], float] = time.monotonic) -> None:
        self._checks = checks
        self._clock = clock
        self._asked = -KEPT_SECONDS
        self._outcome: asyncio.Task[dict[str, bool]] | None = None

    async def outcome(self) -> dict[str, bool]:
        """Tell of each check whether it passes, as of at most a second ago.

        Whoever comes while the checks are under way waits for them, and ends them by leaving for
        nobody else.
        """
        running = self._outcome is not None and not self._outcome.done()
        if not running and self._clock() - self._asked >= KEPT_SECONDS:
            self._outcome = asyncio.create_task(self._ask())
        assert self._outcome is not None  # noqa: S101  the first to ask has just made it
        return dict(await asyncio.shield(self._outcome))

    async def _ask(self) -> dict[str, bool]:
        answers = await asyncio.gather(*(_passes(*check) for check in self._checks.items()))
        self._asked = self._clock()
        return dict(zip(self._checks, answers, strict=True))


async def _passes(name: str, check: Callable[[], Awaitable[object]]) -> bool:
    try:
        await asyncio.wait_for(check(), CHECK_SECONDS)
    except Exception as error:  # noqa: BLE001  whatever a check raises, it has failed
        log.warning("check failed", check=name, error=type(error).__name__)
        return False
    return True
