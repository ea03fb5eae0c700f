"""What the application is built from, and what it makes of the settings."""

from dataclasses import dataclass
from functools import cached_property

from config.settings import Settings
from deployments.arguments import IngressTuning
from deployments.copies import STALE_SECONDS
from deployments.messages.limits import CapacityBounds
from deployments.policies.book import PolicyBook
from deployments.sources import Sources
from deployments.web.blocked import BlockedIdentities
from deployments.web.callers import Callers
from deployments.web.cursors import Cursors
from deployments.web.edge import Edge
from deployments.web.identity_providers import IdentityProvider
from deployments.web.limits import Limits
from deployments.web.passwords import Passwords
from deployments.web.ports import (
    Access,
    Accounts,
    Embedder,
    Limiter,
    Matcher,
    Policies,
    Telemetry,
)
from deployments.web.readiness import Readiness, checks_of
from deployments.web.standing import Standing
from deployments.web.tokens import Tokens


@dataclass(frozen=True)
class Services:
    """The ports and the settings; `settings.jwt_secret` must be set.

    Lives as long as the application, which closes it when the server shuts down.
    """

    embedder: Embedder
    matcher: Matcher
    accounts: Accounts
    access: Access
    limiter: Limiter
    telemetry: Telemetry
    policies: Policies
    settings: Settings

    def __post_init__(self) -> None:
        # A missing key has to show now, and not at the first request.
        _ = self.tokens

    @cached_property
    def tokens(self) -> Tokens:
        """The access tokens of this service."""
        return Tokens(self._keys, self.settings.access_token_seconds)

    @cached_property
    def standing(self) -> Standing:
        """This replica's copy of who still has access."""
        return Standing(self.access)

    @cached_property
    def book(self) -> PolicyBook:
        """This replica's copy of the policies."""
        return PolicyBook(self.policies)

    @cached_property
    def callers(self) -> Callers:
        """What turns tokens and keys into principals."""
        return Callers(self.tokens, self.standing)

    @cached_property
    def cursors(self) -> Cursors:
        """The cursors of its lists."""
        return Cursors(self._keys)

    @cached_property
    def passwords(self) -> Passwords:
        """The threads that hash."""
        return Passwords(self.settings.bcrypt_rounds)

    @cached_property
    def blocked(self) -> BlockedIdentities:
        """The identities nobody is verified as for now."""
        return BlockedIdentities()

    @cached_property
    def limits(self) -> Limits:
        """What callers may still ask."""
        tuning = IngressTuning()
        return Limits(self.limiter, dict(tuning.rate_limits), _bounds(tuning))

    @cached_property
    def sources(self) -> Sources:
        """The sources of photos that this replica tells apart."""
        return Sources(IngressTuning().sources)

    @cached_property
    def edge(self) -> Edge:
        """The edge whose word on addresses is taken."""
        secret = self.settings.edge_secret
        return Edge(secret.get_secret_value() if secret is not None else None)

    @cached_property
    def readiness(self) -> Readiness:
        """The checks that tell whether the service can work."""
        return Readiness(checks_of(self.embedder, self.matcher, self.accounts))

    @property
    def oldest_copy(self) -> float:
        """How old a copy may be, in seconds, that serves what touches nothing stored."""
        return max(STALE_SECONDS, self.settings.access_token_seconds)

    @property
    def _keys(self) -> list[str]:
        current, previous = self.settings.jwt_secret, self.settings.jwt_previous_secret
        if current is None:
            raise ValueError("the application needs settings.jwt_secret")
        return [key.get_secret_value() for key in (current, previous) if key is not None]

    def tune(self, tuning: IngressTuning) -> None:
        """Take a changed `user_config`; it holds from the next request.

        A limit that changed starts to count anew.
        """
        self.limits.windows = dict(tuning.rate_limits)
        self.limits.bounds = _bounds(tuning)
        self.sources.most = tuning.sources
        known = self.callers.providers
        # One that stays as it was keeps its keys, and the provider may be down just now.
        self.callers.providers = {
            each.issuer: provider
            if (provider := known.get(each.issuer)) and provider.arguments == each
            else IdentityProvider(each)
            for each in tuning.identity_providers
        }
        for issuer, provider in known.items():
            if self.callers.providers.get(issuer) is not provider:
                provider.close()

    def close(self) -> None:
        """Give back what was started here; the ports belong to whoever opened them."""
        self.passwords.close()
        self.standing.close()
        self.book.close()
        self.limits.close()
        for provider in self.callers.providers.values():
            provider.close()


def _bounds(tuning: IngressTuning) -> CapacityBounds:
    return CapacityBounds(**tuning.capacity.model_dump())
