"""Whose password it is: the one way in for a log-in and for a change of the own password."""

from typing import NamedTuple

from deployments.messages.accounts import Account
from deployments.web.call import Call
from deployments.web.charges import charge_hash


class Authenticated(NamedTuple):
    """An account, and the hash that its password was found to be behind.

    To find that out takes long. Whoever writes because of it says which hash it was, so that a
    password changed meanwhile is not overlooked.
    """

    account: Account
    password_hash: str


async def authenticate(call: Call, username: str, password: str) -> Authenticated | None:
    """Return the account whose password this is; None for any other, for a stranger, if disabled.

    All of these take one hash and count alike, so that neither the answer nor its time, nor the
    lock that follows, tells them apart. AccountLocked, before the hash or after it, tells nothing
    of the password. What is hashed is counted first; Overloaded.
    """
    services = call.services
    known = await services.accounts.credentials(username)
    account, hashed = known or (None, None)
    await charge_hash(call)
    same = await services.passwords.verify(password, hashed)
    right = same and account is not None and not account.disabled
    await services.accounts.settle(username, right)
    if not right or account is None or hashed is None:
        return None
    return Authenticated(account, await _renewed(call, username, password, hashed))


async def _renewed(call: Call, username: str, password: str, hashed: str) -> str:
    """Return the hash, made anew and stored where its work factor is no longer the one in use.

    With the old factor the account would go on answering sooner, or later, than a stranger does.
    """
    services = call.services
    if not services.passwords.outdated(hashed):
        return hashed
    await charge_hash(call)
    renewed = await services.passwords.hash(password)
    await services.accounts.renew_hash(username, hashed, renewed)
    return renewed
