"""Whether the service can work, asked at most once a second however many want to know."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import Context

import structlog

from deployments.errors import Overloaded, Unavailable
from deployments.web.ports import Accounts, Embedder, Matcher

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
            # Not in the context of the request: Ray ends what belongs to one whose caller leaves.
            self._outcome = asyncio.create_task(self._ask(), context=Context())
        assert self._outcome is not None  # noqa: S101  the first to ask has just made it
        return dict(await asyncio.shield(self._outcome))

    async def _ask(self) -> dict[str, bool]:
        answers = await asyncio.gather(*(_passes(*check) for check in self._checks.items()))
        self._asked = self._clock()
        return dict(zip(self._checks, answers, strict=True))


def checks_of(embedder: Embedder, matcher: Matcher, accounts: Accounts) -> Checks:
    """Return the checks of what the application needs; one that is away fails at once.

    A matcher without its database answers: what is missing then is the database.
    """

    async def is_reached_by_matcher() -> bool:
        try:
            return await matcher.ping(budget=CHECK_SECONDS * 0.75)
        except Exception:  # noqa: BLE001  whatever ails the matcher fails a check of its own
            return True

    async def database() -> None:
        await accounts.ping()
        if not await is_reached_by_matcher():
            raise Unavailable("The matcher does not reach the database.")

    return {
        "embedder": lambda: embedder.card(budget=CHECK_SECONDS),
        "matcher": lambda: matcher.ping(budget=CHECK_SECONDS),
        "database": database,
    }


async def _passes(name: str, check: Callable[[], Awaitable[object]]) -> bool:
    try:
        await asyncio.wait_for(check(), CHECK_SECONDS)
    except Overloaded:
        return True  # It is there, and has its hands full.
    except Exception as error:  # noqa: BLE001  whatever a check raises, it has failed
        log.warning("check failed", check=name, error=type(error).__name__)
        return False
    return True
