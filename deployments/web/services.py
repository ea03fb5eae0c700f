"""What the application is built from, and what it makes of the settings."""

from dataclasses import dataclass
from functools import cached_property

from config.settings import Settings
from deployments.web.blocked import BlockedIdentities
from deployments.web.cursors import Cursors
from deployments.web.passwords import Passwords
from deployments.web.ports import Accounts, Embedder, Matcher
from deployments.web.tokens import Tokens


@dataclass(frozen=True)
class Services:
    """The three ports and the settings; `settings.jwt_secret` must be set.

    Lives as long as the application, which closes it when the server shuts down.
    """

    embedder: Embedder
    matcher: Matcher
    accounts: Accounts
    settings: Settings

    def __post_init__(self) -> None:
        # A missing key has to show now, and not at the first request.
        _ = self.tokens

    @cached_property
    def tokens(self) -> Tokens:
        """The access tokens of this service."""
        return Tokens(self._key, self.settings.access_token_seconds)

    @cached_property
    def cursors(self) -> Cursors:
        """The cursors of its lists."""
        return Cursors(self._key)

    @cached_property
    def passwords(self) -> Passwords:
        """The threads that hash."""
        return Passwords(self.settings.bcrypt_rounds)

    @cached_property
    def blocked(self) -> BlockedIdentities:
        """The identities nobody is verified as for now."""
        return BlockedIdentities()

    @property
    def _key(self) -> str:
        if self.settings.jwt_secret is None:
            raise ValueError("the application needs settings.jwt_secret")
        return self.settings.jwt_secret.get_secret_value()

    def close(self) -> None:
        """Give back what was started here; the ports belong to whoever opened them."""
        self.passwords.close()
