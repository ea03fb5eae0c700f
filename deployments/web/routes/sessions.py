"""Log-in, refresh, revocation."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import uuid4

from fastapi import Form

from deployments.errors import InvalidCredentials
from deployments.messages import Account
from deployments.web.call import Call, Current
from deployments.web.charges import charge_log_in, charge_refresh
from deployments.web.routing import router
from deployments.web.schemas.accounts import LogIn, RefreshIn, TokenPair
from deployments.web.tokens import RefreshToken, new_refresh_token, refresh_digest

routes = router("accounts")


@routes.post("/v1/auth/token")
async def log_in(call: Current, form: Annotated[LogIn, Form()]) -> TokenPair:
    """Get an access token and a refresh token for a user name and a password."""
    await charge_log_in(call, form.username)
    known = await call.services.accounts.credentials(form.username)
    account, hashed = known or (None, None)
    password = form.password.get_secret_value()
    same = await call.services.passwords.verify(password, hashed)
    if account is None or not same or account.disabled:
        raise InvalidCredentials("User name and password do not match.")
    token, expires_at = new_refresh_token(), _expiry(call)
    await call.services.accounts.store_refresh(token.digest, uuid4(), account.username, expires_at)
    return _pair(call, account, token)


@routes.post("/v1/auth/refresh")
async def refresh(call: Current, body: RefreshIn) -> TokenPair:
    """Get a new pair; the refresh token is spent, and using it again revokes its family."""
    await charge_refresh(call, body.refresh_token)
    spent, token = refresh_digest(body.refresh_token), new_refresh_token()
    account = await call.services.accounts.rotate_refresh(spent, token.digest, _expiry(call))
    return _pair(call, account, token)


@routes.post("/v1/auth/revoke", status_code=204)
async def revoke(call: Current, body: RefreshIn) -> None:
    """End a refresh token and every one descended from the same log-in."""
    await charge_refresh(call, body.refresh_token)
    await call.services.accounts.revoke_family(refresh_digest(body.refresh_token))


def _expiry(call: Call) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=call.services.settings.refresh_token_seconds)


def _pair(call: Call, account: Account, token: RefreshToken) -> TokenPair:
    return TokenPair(
        access_token=call.services.tokens.issue(account),
        refresh_token=token.secret,
        expires_in=call.services.settings.access_token_seconds,
    )
