"""Who may come in: accounts and the refresh tokens they hold.

Passwords arrive as hashes and refresh tokens too; neither is ever readable here.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from db import lockout
from db.allowance import LOG_INS, Allowance
from db.pool import Connection, Pool, connection, ping, transaction
from db.queries import queries
from db.rows import account_of, only, page_of
from deployments.errors import AlreadyExists, Forbidden, InvalidCredentials, NotFound
from deployments.messages.accounts import Account, Role
from deployments.messages.pages import Page

CHANGED = ("password_hash", "role", "collections", "scopes", "disabled", "must_change_password")
CHANGEABLE = frozenset(CHANGED)

SQL = queries("accounts")
SESSIONS = queries("sessions")


class Accounts:
    """Accounts by name, over a pool of their own; `allowance` is for failed log-ins in a row."""

    def __init__(self, pool: Pool, allowance: Allowance = LOG_INS) -> None:
        self._pool = pool
        self._allowance = allowance

    async def ensure_admin(
        self, username: str, password_hash: str, must_change_password: bool = False
    ) -> bool:
        """Create the first administrator where there is no account; tell whether it was created."""
        given = (username, password_hash, must_change_password)
        async with connection(self._pool) as held:
            row = await held.fetchrow(SQL["create_first_admin"], *given)
        return row is not None

    async def create(
        self,
        username: str,
        password_hash: str,
        role: Role,
        collections: Sequence[str] = (),
        scopes: Sequence[str] = (),
        disabled: bool = False,
        must_change_password: bool = False,
    ) -> Account:
        """Create an account; AlreadyExists."""
        rights = (role, collections, scopes, disabled, must_change_password)
        async with connection(self._pool) as held:
            row = await held.fetchrow(SQL["create_account"], username, password_hash, *rights)
        if row is None:
            raise AlreadyExists("The user name is taken.")
        return account_of(row)

    async def account(self, username: str) -> Account:
        """Return an account; NotFound."""
        async with connection(self._pool) as held:
            return account_of(await _find(held, username))

    async def credentials(self, username: str) -> tuple[Account, str] | None:
        """Return an account with its password's hash, or None: a log-in is told neither way.

        AccountLocked for a name with too many failures, so that no hash is spent on it.
        """
        async with connection(self._pool) as held:
            key = lockout.digest(username)
            (row,) = await held.fetch(SQL["find_credentials"], username, key)
        lockout.refuse_locked(row["locked_seconds"])
        return (account_of(row), row["password_hash"]) if row["username"] is not None else None

    async def settle(self, username: str, right: bool) -> None:
        """Count a log-in that failed, or forget those before one that was right; AccountLocked."""
        async with connection(self._pool) as held:
            await lockout.settle(held, username, self._allowance, right=right)

    async def renew_hash(self, username: str, known: str, renewed: str) -> None:
        """Put a new hash of the same password in the place of `known`; no log-in ends.

        Where somebody has set another password meanwhile, that one stays.
        """
        async with connection(self._pool) as held:
            await held.execute(SQL["renew_hash"], username, known, renewed)

    async def unlock(self, username: str) -> None:
        """Forget the failed log-ins of an account; NotFound."""
        async with connection(self._pool) as held:
            await _find(held, username)
            await lockout.unlock(held, username)

    async def accounts(self, after: str | None, limit: int) -> Page[Account]:
        """List accounts by name."""
        async with connection(self._pool) as held:
            rows = await held.fetch(SQL["list_accounts"], after, limit + 1)
        return page_of([account_of(row) for row in rows], limit, lambda item: item.username)

    async def change(
        self, username: str, changes: Mapping[str, Any], known_hash: str | None = None
    ) -> Account:
        """Change what `CHANGED` names.

        A new password and a disabled account end every log-in, and a new password forgets the
        failed ones. NotFound; InvalidRequest; Forbidden where nobody would be left to administer;
        InvalidCredentials where the password is no longer that of `known_hash`.
        """
        async with transaction(self._pool) as held:
            admins = await _lock_admins(held)
            current = dict(_found(await held.fetchrow(SQL["lock_account"], username)))
            if known_hash not in {None, current["password_hash"]}:
                raise InvalidCredentials("The password was changed meanwhile.")
            wanted = current | only(CHANGEABLE, changes)
            if wanted["role"] != "admin" or wanted["disabled"]:
                _refuse_last_admin(username, admins)
            new_password = wanted["password_hash"] != current["password_hash"]
            if wanted["disabled"] or new_password:
                await held.execute(SESSIONS["revoke_all"], username)
            if new_password:
                await lockout.unlock(held, username)
            named = (wanted[name] for name in CHANGED)
            row = await held.fetchrow(SQL["change_account"], username, *named)
        return account_of(_found(row))

    async def delete(self, username: str) -> None:
        """Delete an account and its log-ins; NotFound; Forbidden for the last administrator."""
        async with transaction(self._pool) as held:
            _refuse_last_admin(username, await _lock_admins(held))
            _found(await held.fetchrow(SQL["lock_account"], username))
            await held.execute(SQL["delete_account"], username)

    async def begin_session(
        self,
        token_hash: bytes,
        family: UUID,
        username: str,
        known_hash: str,
        expires_at: datetime,
    ) -> bool:
        """Keep the hash of a log-in's first refresh token; the family is the log-in.

        False where the account has another password than that of `known_hash` by now, or is
        disabled or gone: checking a password takes long enough for that.
        """
        async with transaction(self._pool) as held:
            right = await held.fetchrow(SESSIONS["lock_credentials"], username, known_hash)
            if right is not None:
                await _store(held, token_hash, family, username, expires_at)
        return right is not None

    async def rotate_refresh(
        self, token_hash: bytes, new_token_hash: bytes, expires_at: datetime
    ) -> tuple[Account, UUID]:
        """Spend a token and keep its successor, both or neither; return their account and family.

        InvalidCredentials. Presented a second time a token revokes its family.
        """
        async with transaction(self._pool) as held:
            row = await held.fetchrow(SESSIONS["spend_token"], token_hash)
            if row is None:
                await held.execute(SESSIONS["revoke_reused"], token_hash)
            else:
                await _store(held, new_token_hash, row["family"], row["username"], expires_at)
        if row is None:  # Raised inside, it would take the revocation back.
            raise InvalidCredentials("The refresh token is not valid.")
        return account_of(row), row["family"]

    async def revoke_family(self, token_hash: bytes) -> None:
        """End the log-in a token belongs to; an unknown token ends nothing, and is not told so."""
        async with connection(self._pool) as held:
            await held.execute(SESSIONS["revoke_family"], token_hash)

    async def ping(self) -> None:
        """Ask the database for a sign of life; Unavailable."""
        await ping(self._pool)


async def _store(
    held: Connection, token_hash: bytes, family: UUID, username: str, expires_at: datetime
) -> None:
    await held.execute(SESSIONS["forget_expired"], username)
    await held.execute(SESSIONS["store_family"], family, username, expires_at)
    await held.execute(SESSIONS["store_token"], token_hash, family, expires_at)


async def _lock_admins(held: Connection) -> list[str]:
    return [row["username"] for row in await held.fetch(SQL["lock_admins"])]


def _refuse_last_admin(username: str, admins: Sequence[str]) -> None:
    if list(admins) == [username]:
        raise Forbidden("The last administrator stays one.")


async def _find(held: Connection, username: str) -> asyncpg.Record:
    return _found(await held.fetchrow(SQL["find_account"], username))


def _found(row: asyncpg.Record | None) -> asyncpg.Record:
    if row is None:
        raise NotFound("There is no such user.")
    return row
