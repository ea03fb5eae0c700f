"""Access as every ingress replica copies it: what was revoked lately, and the keys of machines."""

from db.pool import Pool, connection
from db.queries import queries
from db.rows import service_key_of
from deployments.errors import NotFound
from deployments.messages.accounts import AccessChanges, NewServiceKey, ServiceKey

SQL = queries("access")


class Access:
    """Revocations and service keys, over a pool of their own."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def changes(self, since: int) -> AccessChanges:
        """Return what changed since the watermark of an earlier reading, or 0; Unavailable."""
        async with connection(self._pool) as held:
            watermark = await held.fetchval(SQL["find_watermark"])
            revoked = await held.fetch(SQL["list_revocations"], str(since))
            keys = await held.fetch(SQL["list_changed_keys"], str(since))
        return AccessChanges(
            watermark=watermark,
            generations={row["subject"]: row["generation"] for row in revoked},
            keys=tuple(service_key_of(row) for row in keys),
        )

    async def create_key(self, new: NewServiceKey) -> ServiceKey:
        """Store a key; its secret is known to its owner alone."""
        async with connection(self._pool) as held:
            row = await held.fetchrow(
                SQL["create_key"],
                new.id,
                new.secret_hash,
                new.name,
                new.role,
                new.collections,
                new.scopes,
                new.expires_at,
            )
        assert row is not None  # noqa: S101  an INSERT without conditions returns its row
        return service_key_of(row)

    async def keys(self) -> tuple[ServiceKey, ...]:
        """Return every key, also those that are over, oldest first."""
        async with connection(self._pool) as held:
            return tuple(service_key_of(row) for row in await held.fetch(SQL["list_keys"]))

    async def revoke_key(self, key_id: str) -> ServiceKey:
        """End a key for good; NotFound."""
        async with connection(self._pool) as held:
            row = await held.fetchrow(SQL["revoke_key"], key_id)
        if row is None:
            raise NotFound("There is no such key.")
        return service_key_of(row)
