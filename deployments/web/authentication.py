"""Whose password it is: the one way in for a log-in and for a change of the own password."""

from typing import NamedTuple

from deployments.messages import Account
from deployments.web.services import Services


class Authenticated(NamedTuple):
    """An account, and the hash that its password was found to be behind.

    To find that out takes long. Whoever writes because of it says which hash it was, so that a
    password changed meanwhile is not overlooked.
    """

    account: Account
    password_hash: str


async def authenticate(services: Services, username: str, password: str) -> Authenticated | None:
    """Return the account whose password this is; None for any other, for a stranger, if disabled.

    All of these take one hash and count alike, so that neither the answer nor its time, nor the
    lock that follows, tells them apart. AccountLocked, before the hash or after it, tells nothing
    of the password.
    """
    known = await services.accounts.credentials(username)
    account, hashed = known or (None, None)
    same = await services.passwords.verify(password, hashed)
    right = same and account is not None and not account.disabled
    await services.accounts.settle(username, right)
    if not right or account is None or hashed is None:
        return None
    return Authenticated(account, await _renewed(services, username, password, hashed))


async def _renewed(services: Services, username: str, password: str, hashed: str) -> str:
    """Return the hash, made anew and stored where its work factor is no longer the one in use.

    With the old factor the account would go on answering sooner, or later, than a stranger does.
    """
    if not services.passwords.outdated(hashed):
        return hashed
    renewed = await services.passwords.hash(password)
    await services.accounts.renew_hash(username, hashed, renewed)
    return renewed
