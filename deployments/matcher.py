"""The Matcher node: vectors in, candidates and decisions out; enrols and erases."""

from dataclasses import replace
from inspect import iscoroutinefunction
from time import perf_counter
from typing import Any

from ray import serve
from ray.serve.handle import DeploymentHandle

from config.logs import configure_logs
from config.settings import settings
from config.standard_logs import adopt as adopt_standard_logs
from db import metering
from db.allowance import Allowance
from db.gallery import Gallery
from db.pool import breaker_of, open_pool, retire
from deployments import reporting, tracing
from deployments.arguments import MatcherTuning
from deployments.deadline import told_the_budget
from deployments.ending import last_words
from deployments.errors import FacegraphError
from deployments.messages.matcher import Search, SearchResult, Verification, VerificationResult
from deployments.remote import teller


def _as_asked(gallery: type[Gallery]) -> type[Gallery]:
    """Have every method of a gallery told the budget of its caller, and the request it is for."""
    for name in dir(gallery):
        method = getattr(gallery, name)
        if iscoroutinefunction(method) and not name.startswith("_") and name != "reconfigure":
            in_time = told_the_budget(method)
            setattr(gallery, name, tracing.told_the_origin(in_time, f"matcher.{name}"))
    return gallery


@serve.deployment(name="Matcher")
@_as_asked
class Matcher(Gallery):
    """The gallery behind a handle: every method of `Gallery` is one of this node.

    Each takes besides, as `budget`, the seconds its caller still waits; nothing late is asked of
    the database. And, as `origin`, the request it is for. The node owns the pool of connections,
    one a replica, and opens another when its tuning changes.
    """

    async def __init__(self, telemetry: DeploymentHandle) -> None:
        environment = settings()
        configure_logs(environment.log_level)
        adopt_standard_logs(FacegraphError)
        tracing.start("Matcher")
        self._breaker = breaker_of(environment.database)
        self._tuning = MatcherTuning()
        await self._open()
        reporting.begin("Matcher", teller(telemetry), self._look)

    async def reconfigure(self, user_config: dict[str, Any]) -> None:
        """Take a changed `user_config`: what is under way, or waits, ends on the old pool."""
        tuning = MatcherTuning.model_validate(user_config)
        if tuning != self._tuning:
            self._tuning, old, book = tuning, self._pool, self._book
            await self._open()
            await retire(old)
            book.close()

    async def identify(self, search: Search) -> SearchResult:
        """Search 1:N and say how long the database took."""
        began = perf_counter()
        result = await self.search(search)
        return replace(result, stages={"search": perf_counter() - began})

    async def verify(self, verification: Verification) -> VerificationResult:
        """Compare 1:1 and say how long the database took."""
        began = perf_counter()
        result = await super().verify(verification)
        return replace(result, stages={"search": perf_counter() - began})

    def _look(self) -> None:
        metering.look("Matcher", self._pool)
        self._book.look()

    def __del__(self) -> object:
        """Ray awaits what it is given, once nothing more will be asked of the replica."""
        return last_words()

    async def _open(self) -> None:
        pool = await open_pool(
            settings().database,
            max_size=self._tuning.pool_size,
            statement_timeout_seconds=self._tuning.statement_timeout_seconds,
            ef_search=self._tuning.ef_search,
            breaker=self._breaker,
        )
        allowance = Allowance(**self._tuning.verification_attempts.model_dump())
        super().__init__(
            pool, self._tuning.ambiguity_margin, allowance, self._tuning.compare_all_up_to
        )
