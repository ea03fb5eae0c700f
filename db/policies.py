"""Policies: stored, read and listed, and what changed of them for every process that decides."""

from db.pool import Pool, connection
from db.queries import queries
from db.rows import page_of, policy_of
from deployments.errors import NotFound, ValidationFailed
from deployments.messages import Page
from deployments.policies.policy import MOST, Policy, PolicyChanges, document_of

SQL = queries("policies")


class Policies:
    """The stored policies, over a pool; the built-in ones are no rows."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def changes(self, since: int) -> PolicyChanges:
        """Return what changed since the watermark of an earlier reading, or 0; Unavailable."""
        async with connection(self._pool) as held:
            watermark = await held.fetchval(SQL["find_watermark"])
            rows = await held.fetch(SQL["list_changed"], str(since))
        return PolicyChanges(watermark, tuple(policy_of(row) for row in rows))

    async def policy(self, name: str) -> Policy:
        """Return one policy; NotFound."""
        async with connection(self._pool) as held:
            row = await held.fetchrow(SQL["find_policy"], name)
        if row is None:
            raise NotFound("There is no such policy.")
        return policy_of(row)

    async def policies(self, after: str | None, limit: int) -> Page[Policy]:
        """List policies by name."""
        async with connection(self._pool) as held:
            rows = await held.fetch(SQL["list_policies"], after, limit + 1)
        return page_of([policy_of(row) for row in rows], limit, lambda policy: policy.name)

    async def store(self, policy: Policy) -> Policy:
        """Store a policy under its name, in the place of what was; ValidationFailed if too many."""
        evidence = document_of(policy.evidence) if policy.evidence is not None else None
        async with connection(self._pool) as held:
            row = await held.fetchrow(
                SQL["store_policy"],
                policy.name,
                policy.kind,
                policy.pack_digest,
                policy.pipeline,
                policy.threshold,
                policy.target_fmr,
                policy.target_fpir,
                evidence,
                MOST,
            )
        if row is None:
            detail = f"There are {MOST} policies, and no more are kept."
            raise ValidationFailed(detail, (("name", "too_many", detail),))
        return policy_of(row)
