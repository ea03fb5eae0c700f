"""Log-in, refresh, revocation."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Form

from deployments.errors import InvalidCredentials
from deployments.messages.accounts import Account
from deployments.web import metering
from deployments.web.authentication import authenticate
from deployments.web.call import Call, Current
from deployments.web.charges import charge_log_in, charge_refresh
from deployments.web.routing import router
from deployments.web.schemas.accounts import LogIn, RefreshIn, TokenPair
from deployments.web.tokens import RefreshToken

routes = router("accounts")


@routes.post("/v1/auth/token")
async def log_in(call: Current, form: Annotated[LogIn, Form()]) -> TokenPair:
    """Get an access token and a refresh token for a user name and a password."""
    token = call.services.tokens.new_refresh_token()
    with metering.log_in():
        await charge_log_in(call, form.username)
        account, session = await _begun(call, form, token)
    return _pair(call, account, session, token)


async def _begun(call: Call, form: LogIn, token: RefreshToken) -> tuple[Account, UUID]:
    """Return whose log-in it is, and the session it began; InvalidCredentials, AccountLocked.

    It is looked at once more where the hash it was checked with is another by then: of two
    log-ins at once the first may have made it anew.
    """
    services, session = call.services, uuid4()
    for _ in range(2):
        known = await authenticate(call, form.username, form.password.get_secret_value())
        if known is None:
            break
        began = await services.accounts.begin_session(
            token.digest, session, known.account.username, known.password_hash, _expiry(call)
        )
        if began:
            return known.account, session
    raise InvalidCredentials("User name and password do not match.")


@routes.post("/v1/auth/refresh")
async def refresh(call: Current, body: RefreshIn) -> TokenPair:
    """Get a new pair; the refresh token is spent, and using it again revokes its family."""
    tokens, accounts = call.services.tokens, call.services.accounts
    spent, token = tokens.refresh_digest(body.refresh_token), tokens.new_refresh_token()
    await charge_refresh(call, spent)
    account, session = await accounts.rotate_refresh(spent, token.digest, _expiry(call))
    return _pair(call, account, session, token)


@routes.post("/v1/auth/revoke", status_code=204)
async def revoke(call: Current, body: RefreshIn) -> None:
    """End a refresh token and every token, of either kind, that goes back to the same log-in."""
    with suppress(InvalidCredentials):
        digest = call.services.tokens.refresh_digest(body.refresh_token)
        await charge_refresh(call, digest)
        await call.services.accounts.revoke_family(digest)


def _expiry(call: Call) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=call.services.settings.refresh_token_seconds)


def _pair(call: Call, account: Account, session: UUID, token: RefreshToken) -> TokenPair:
    return TokenPair(
        access_token=call.services.tokens.issue(account, session),
        refresh_token=token.secret,
        expires_in=call.services.settings.access_token_seconds,
    )
