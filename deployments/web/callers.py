"""From what a caller shows to who they are: an access token, a service key, a company's token."""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime

from deployments.copies import STALE_SECONDS
from deployments.errors import TokenExpired, Unauthenticated
from deployments.web import service_keys
from deployments.web.identity_providers import IdentityProvider, issuer_of
from deployments.web.principal import Principal
from deployments.web.standing import Standing
from deployments.web.tokens import Tokens


class Callers:
    """Reads all three; only a copy of the database is asked, never the database itself."""

    def __init__(self, tokens: Tokens, standing: Standing) -> None:
        self._tokens = tokens
        self._standing = standing
        self.providers: Mapping[str, IdentityProvider] = {}

    async def principal(self, shown: str, *, stateless: bool = False) -> Principal:
        """Return whom `shown` speaks for; `stateless` is who will touch nothing that is stored.

        Raises Unauthenticated, TokenExpired, Forbidden for somebody an identity provider knows
        and nobody here gave a role, and Unavailable.
        """
        if shown.startswith(service_keys.PREFIX):
            return await self._machine(shown, stateless)
        if self.providers and (provider := self.providers.get(issuer_of(shown))):
            return await provider.principal(shown)
        return await self._account(shown, stateless)

    async def _account(self, token: str, stateless: bool) -> Principal:
        read = self._tokens.read(token)
        await self._standing.bring_up_to_date(self._oldest(stateless))
        for subject in (f"account:{read.principal.username}", f"session:{read.session}"):
            if self._standing.ended(subject, read.generation):
                raise TokenExpired("The access token was revoked.")
        return read.principal

    async def _machine(self, secret: str, stateless: bool) -> Principal:
        await self._standing.bring_up_to_date(self._oldest(stateless))
        key = self._standing.key(service_keys.id_of(secret))
        # A key that is not there is compared as well: the time tells nobody which ids exist.
        known = key.secret_hash if key is not None else bytes(32)
        if not hmac.compare_digest(service_keys.digest(secret), known) or key is None:
            raise Unauthenticated("The service key is not one of this service.")
        if key.revoked_at is not None or _over(key.expires_at):
            raise TokenExpired("The service key is over.")
        return Principal(f"key:{key.id}", key.role, key.collections, key.scopes, kind="service_key")

    def _oldest(self, stateless: bool) -> float:
        """Return how old the copy may be that lets somebody in.

        While the database is away nobody can be revoked. A copy as old as an access token gets
        shows no less than tokens would that nobody can revoke.
        """
        return max(STALE_SECONDS, self._tokens.lifetime_seconds) if stateless else STALE_SECONDS


def _over(expires_at: datetime | None) -> bool:
    return expires_at is not None and expires_at <= datetime.now(UTC)
