"""Policies: stored, read and listed, and what changed of them for every process that decides."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from db.pool import Connection, Pool, connection
from db.queries import queries
from db.rows import page_of, policy_of
from deployments.errors import AlreadyExists, NotFound, Unavailable, ValidationFailed
from deployments.messages.pages import Page
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
        async with self._reading() as held:
            row = await held.fetchrow(SQL["find_policy"], name)
        if row is None:
            raise NotFound("There is no such policy.")
        return policy_of(row)

    async def policies(self, after: str | None, limit: int) -> Page[Policy]:
        """List policies by name."""
        async with self._reading() as held:
            rows = await held.fetch(SQL["list_policies"], after, limit + 1)
        return page_of([policy_of(row) for row in rows], limit, lambda policy: policy.name)

    async def store(self, policy: Policy) -> Policy:
        """Store a policy under its name, in the place of what was.

        AlreadyExists where that was of the other kind, for a collection that names it would be
        decided by something else from then on; ValidationFailed where there are too many.
        """
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
            named = await held.fetchrow(SQL["find_policy"], policy.name) if row is None else None
        if named is not None and named["kind"] != policy.kind:
            raise AlreadyExists(f"The policy {policy.name} is one to {named['kind']} by.")
        if row is None:
            detail = f"There are {MOST} policies, and no more are kept."
            raise ValidationFailed(detail, (("name", "too_many", detail),))
        return policy_of(row)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Connection]:
        """Lend a connection; Unavailable where there is no schema, which commands do not make."""
        async with connection(self._pool) as held:
            try:
                yield held
            except asyncpg.UndefinedTableError as error:
                raise Unavailable("The database has not been migrated.") from error
