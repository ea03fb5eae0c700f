"""Whose password it is: the one way in for a log-in and for a change of the own password."""

from deployments.messages import Account
from deployments.web.services import Services


async def authenticate(services: Services, username: str, password: str) -> Account | None:
    """Return the account whose password this is; None for any other, for a stranger, if disabled.

    All of these take one hash and count alike, so that neither the answer nor its time, nor the
    lock that follows, tells them apart. AccountLocked, before the hash or after it, tells nothing
    of the password.
    """
    known = await services.accounts.credentials(username)
    account, hashed = known or (None, None)
    same = await services.passwords.verify(password, hashed)
    right = account if same and account is not None and not account.disabled else None
    await services.accounts.settle(username, right is not None)
    if right is not None and hashed is not None and services.passwords.outdated(hashed):
        # With the old work factor the account would go on answering sooner, or later, than a
        # stranger does.
        renewed = await services.passwords.hash(password)
        await services.accounts.renew_hash(username, hashed, renewed)
    return right
