"""Log-in, refresh, revocation."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Form

from deployments.errors import InvalidCredentials
from deployments.messages import Account
from deployments.web.call import Call, Current
from deployments.web.routing import router
from deployments.web.schemas.accounts import LogIn, RefreshIn, TokenPair
from deployments.web.tokens import new_refresh_token, refresh_digest

routes = router("accounts")


@routes.post("/v1/auth/token")
async def log_in(call: Current, form: Annotated[LogIn, Form()]) -> TokenPair:
    """Get an access token and a refresh token for a user name and a password."""
    known = await call.services.accounts.credentials(form.username)
    account, hashed = known or (None, None)
    password = form.password.get_secret_value()
    same = await call.services.passwords.verify(password, hashed)
    if account is None or not same or account.disabled:
        raise InvalidCredentials("User name and password do not match.")
    return await _pair(call, account, uuid4())


@routes.post("/v1/auth/refresh")
async def refresh(call: Current, body: RefreshIn) -> TokenPair:
    """Get a new pair; the refresh token is spent, and using it again revokes its family."""
    digest = refresh_digest(body.refresh_token)
    account, family = await call.services.accounts.spend_refresh(digest)
    if account.disabled:
        raise InvalidCredentials("The refresh token is not valid.")
    return await _pair(call, account, family)


@routes.post("/v1/auth/revoke", status_code=204)
async def revoke(call: Current, body: RefreshIn) -> None:
    """End a refresh token and every one descended from the same log-in."""
    await call.services.accounts.revoke_family(refresh_digest(body.refresh_token))


async def _pair(call: Call, account: Account, family: UUID) -> TokenPair:
    services, token = call.services, new_refresh_token()
    expires_at = datetime.now(UTC) + timedelta(seconds=services.settings.refresh_token_seconds)
    await services.accounts.store_refresh(token.digest, family, account.username, expires_at)
    return TokenPair(
        access_token=services.tokens.issue(account),
        refresh_token=token.secret,
        expires_in=services.settings.access_token_seconds,
    )
