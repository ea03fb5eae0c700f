"""Failed log-ins in a row, by the name as typed: whether anybody has it makes no difference."""

import hashlib
from dataclasses import astuple

from db.allowance import Allowance
from db.pool import Connection
from db.queries import queries
from deployments.errors import AccountLocked

LOCKED = "Too many log-ins with this name failed in a row."

SQL = queries("lockout")


def digest(username: str) -> bytes:
    """Return what a name as typed is known by: it may be a password that went astray."""
    return hashlib.sha256(username.encode(errors="surrogatepass")).digest()


def refuse_locked(seconds: float | None) -> None:
    """Raise AccountLocked where there are seconds left to wait."""
    if seconds:
        raise AccountLocked(LOCKED, seconds)


async def settle(
    connection: Connection, username: str, allowance: Allowance, *, right: bool
) -> None:
    """Forget the failures before a log-in that was right, or count one that was not.

    AccountLocked where the name was locked while the password was being hashed: of many guesses at
    once no more than those still free are answered, and the right one among the others is not.
    """
    key = digest(username)
    if right:
        refuse_locked(await connection.fetchval(SQL["forget_failures"], key))
        return
    await connection.execute(SQL["forget_old"])
    if await connection.fetchval(SQL["count_failure"], key, *astuple(allowance)) is None:
        raise AccountLocked(LOCKED, await connection.fetchval(SQL["find_lock"], key) or 1.0)


async def unlock(connection: Connection, username: str) -> None:
    """Forget what was counted against a name."""
    await connection.execute(SQL["unlock"], digest(username))
