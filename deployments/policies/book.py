"""The policies as one process knows them, and what it measures of their use.

A request that names no number of its own is decided by this copy; none asks the database. What is
stored is in force here at most `LATE_SECONDS` later, while the database answers.
"""

import time
from collections.abc import Callable
from typing import Protocol

from deployments import instruments
from deployments.copies import STALE_SECONDS, Copy
from deployments.errors import TargetNotSupported
from deployments.evidence import Evidence
from deployments.messages.embedder import Model
from deployments.messages.matcher import Ruling, Wanted
from deployments.policies.built_in import RESERVED
from deployments.policies.fullness import Fullness
from deployments.policies.policy import CALLERS_OWN, Policy, PolicyChanges
from deployments.policies.rulings import Case, best_evidence, rule


class Source(Protocol):
    """Where policies are stored."""

    async def changes(self, since: int) -> PolicyChanges:
        """Return what changed since the watermark of an earlier reading, or 0 for everything."""
        ...


class PolicyBook:
    """A copy of the stored policies, read again when somebody asks; `clock` is monotonic."""

    def __init__(self, source: Source, clock: Callable[[], float] = time.monotonic) -> None:
        self._stored: dict[str, Policy] = {}
        self._fullness = Fullness(clock)
        self._copy = Copy("policies", source.changes, self._take, clock)

    async def bring_up_to_date(
        self, wanted: Wanted, *, collection: bool = True, oldest: float = STALE_SECONDS
    ) -> None:
        """Come back when it can be asked for what is wanted; Unavailable where it cannot.

        A threshold of the caller's needs no copy, and nor does what is built in, unless a
        `collection` may name another policy. `oldest` is the age in seconds at which the copy is
        asked no more.
        """
        if wanted.threshold is not None or wanted.policy in RESERVED:
            return
        if collection or wanted != Wanted(coarse=wanted.coarse):
            await self._copy.bring_up_to_date(oldest)

    def rule(self, wanted: Wanted, case: Case) -> Ruling:
        """See `rulings.rule`; what is refused is counted, and how full galleries are is noted."""
        try:
            ruling = rule(wanted, case, self._stored)
        except TargetNotSupported as error:
            instruments.policy_refusals.labels(error.policy or CALLERS_OWN).inc()
            self._fullness.saw(error.policy or CALLERS_OWN, error.gallery_share)
            raise
        own = wanted.target_fpir is not None
        self._fullness.saw(CALLERS_OWN if own else ruling.policy, ruling.gallery_share)
        return ruling

    async def evidence(self, model: Model, wanted: Wanted) -> Evidence | None:
        """Return the best evidence that carries a target; Unavailable."""
        await self._copy.bring_up_to_date()
        return best_evidence(model, self._stored, wanted)

    def look(self) -> None:
        """Set how full the galleries are that were searched of late."""
        self._fullness.look()

    def close(self) -> None:
        """Give up what is being read, and tell no more of any gallery."""
        self._copy.close()
        self._fullness.close()

    def _take(self, changes: PolicyChanges, whole: bool) -> None:
        if whole:
            self._stored = {}
        self._stored |= {policy.name: policy for policy in changes.policies}
