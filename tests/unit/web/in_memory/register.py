"""The accounts in memory."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from deployments.errors import AccountLocked, AlreadyExists, InvalidCredentials, NotFound
from deployments.messages.accounts import Account, Role
from deployments.messages.pages import Page
from tests.unit.web.in_memory.pages import paged
from tests.unit.web.in_memory.toys import NOW


class Register:
    """Accounts and refresh tokens in dictionaries."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[Account, str]] = {}
        self.refresh: dict[bytes, tuple[UUID, str, bool]] = {}
        self.locked: dict[str, float] = {}
        self.settled: list[tuple[str, bool]] = []
        self.error: Exception | None = None

    def add(
        self,
        username: str,
        role: Role,
        password_hash: str = "",
        collections: tuple[str, ...] = ("*",),
        scopes: tuple[str, ...] = (),
        disabled: bool = False,
        must_change_password: bool = False,
    ) -> Account:
        """Enter an account."""
        account = Account(
            username, role, collections, scopes, disabled, NOW, NOW, must_change_password
        )
        self.held[username] = (account, password_hash)
        return account

    async def credentials(self, username: str) -> tuple[Account, str] | None:
        """Return account and hash of a name that is not locked."""
        if self.error is not None:
            raise self.error
        self._refuse_locked(username)
        return self.held.get(username)

    def _refuse_locked(self, username: str) -> None:
        if username in self.locked:
            raise AccountLocked("Too many.", self.locked[username])

    async def settle(self, username: str, right: bool) -> None:
        """Remember how a log-in ended, of a name that is not locked by now."""
        self._refuse_locked(username)
        self.settled.append((username, right))

    async def renew_hash(self, username: str, known: str, renewed: str) -> None:
        """Replace a hash that is still there."""
        account, held = self.held[username]
        self.held[username] = (account, renewed if held == known else held)

    async def unlock(self, username: str) -> None:
        """Let an account be tried again."""
        await self.account(username)
        self.locked.pop(username, None)

    async def account(self, username: str) -> Account:
        """Read an account."""
        if username not in self.held:
            raise NotFound("There is no such account.")
        return self.held[username][0]

    async def accounts(self, after: str | None, limit: int) -> Page[Account]:
        """List the accounts."""
        keys, following = paged(list(self.held), after, limit)
        return Page(tuple(self.held[key][0] for key in keys), following)

    async def create(
        self,
        username: str,
        password_hash: str,
        role: Role,
        collections: tuple[str, ...],
        scopes: tuple[str, ...],
        disabled: bool,
        must_change_password: bool,
    ) -> Account:
        """Create an account."""
        if username in self.held:
            raise AlreadyExists("The name is taken.")
        rights = (role, password_hash, collections, scopes)
        return self.add(username, *rights, disabled, must_change_password)

    async def change(
        self, username: str, changes: Mapping[str, Any], known_hash: str | None = None
    ) -> Account:
        """Change an account."""
        account = await self.account(username)
        if known_hash not in {None, self.held[username][1]}:
            raise InvalidCredentials("The password was changed meanwhile.")
        named = dict(changes)
        password_hash = named.pop("password_hash", self.held[username][1])
        self.held[username] = (replace(account, **named), password_hash)
        return self.held[username][0]

    async def delete(self, username: str) -> None:
        """Delete an account."""
        await self.account(username)
        del self.held[username]

    async def begin_session(
        self,
        token_hash: bytes,
        family: UUID,
        username: str,
        known_hash: str,
        expires_at: datetime,
    ) -> bool:
        """Remember a refresh token."""
        del expires_at
        right = username in self.held and self.held[username][1] == known_hash
        if right:
            self.refresh[token_hash] = (family, username, False)
        return right

    async def rotate_refresh(
        self, token_hash: bytes, new_token_hash: bytes, expires_at: datetime
    ) -> tuple[Account, UUID]:
        """Use a refresh token up for its successor."""
        if self.error is not None:
            raise self.error
        family, username, spent = self.refresh.get(token_hash, (UUID(int=0), "", True))
        if spent or self.held[username][0].disabled:
            await self.revoke_family(token_hash)
            raise InvalidCredentials("The refresh token is not valid.")
        self.refresh[token_hash] = (family, username, True)
        del expires_at
        self.refresh[new_token_hash] = (family, username, False)
        return self.held[username][0], family

    async def revoke_family(self, token_hash: bytes) -> None:
        """End the family of a refresh token."""
        family = self.refresh.get(token_hash, (None, "", True))[0]
        kept = {key: row for key, row in self.refresh.items() if row[0] != family}
        self.refresh = kept

    async def ping(self) -> None:
        """Answer."""
        if self.error is not None:
            raise self.error
