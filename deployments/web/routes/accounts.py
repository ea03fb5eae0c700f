"""Accounts: the caller's own, and everybody's for administrators."""

from typing import Any

from deployments.errors import InvalidCredentials, NotFound, Unauthenticated
from deployments.web.call import Current
from deployments.web.charges import charge_hashes
from deployments.web.parameters import Paging, Username
from deployments.web.routing import router
from deployments.web.schemas.accounts import (
    AccountChanges,
    AccountIn,
    AccountList,
    AccountOut,
    PasswordChange,
)
from deployments.web.schemas.base import changes

LISTING = "users"

routes = router("accounts")


@routes.get("/v1/users/me")
async def read_own_account(call: Current) -> AccountOut:
    """Read the caller's own account."""
    try:
        own = await call.services.accounts.account(call.principal.username)
    except NotFound as error:
        raise Unauthenticated("The account is no longer there.") from error
    return AccountOut.model_validate(own)


@routes.post("/v1/users/me/password", status_code=204)
async def change_own_password(call: Current, body: PasswordChange) -> None:
    """Change the caller's own password; every refresh token of the account ends."""
    accounts, passwords = call.services.accounts, call.services.passwords
    username = call.principal.username
    await charge_hashes(call, 2)
    known = await accounts.credentials(username)
    hashed = known[1] if known else None
    if not await passwords.verify(body.current_password.get_secret_value(), hashed):
        raise InvalidCredentials("The current password is wrong.")
    new = await passwords.hash(body.new_password.get_secret_value())
    await accounts.change(username, {"password_hash": new})


@routes.get("/v1/users")
async def list_accounts(call: Current, paging: Paging) -> AccountList:
    """List the accounts by name."""
    cursors = call.services.cursors
    after = cursors.open(LISTING, paging.cursor)
    page = await call.services.accounts.accounts(after, paging.limit)
    items = [AccountOut.model_validate(account) for account in page.items]
    return AccountList(items=items, next_cursor=cursors.seal(LISTING, page.after))


@routes.post("/v1/users", status_code=201)
async def create_account(call: Current, body: AccountIn) -> AccountOut:
    """Create an account."""
    await charge_hashes(call)
    password_hash = await call.services.passwords.hash(body.password.get_secret_value())
    created = await call.services.accounts.create(
        username=body.username,
        password_hash=password_hash,
        role=body.role,
        collections=tuple(body.collections),
        scopes=tuple(body.scopes),
        disabled=body.disabled,
    )
    return AccountOut.model_validate(created)


@routes.get("/v1/users/{username}")
async def read_account(call: Current, username: Username) -> AccountOut:
    """Read an account."""
    return AccountOut.model_validate(await call.services.accounts.account(username))


@routes.patch("/v1/users/{username}")
async def change_account(call: Current, username: Username, body: AccountChanges) -> AccountOut:
    """Change what the body names of an account."""
    named: dict[str, Any] = dict(changes(body))
    if named.pop("password", None) is not None:
        await charge_hashes(call)
        plain = body.password.get_secret_value()
        named["password_hash"] = await call.services.passwords.hash(plain)
    changed = await call.services.accounts.change(username, named)
    return AccountOut.model_validate(changed)


@routes.delete("/v1/users/{username}", status_code=204)
async def delete_account(call: Current, username: Username) -> None:
    """Delete an account and every token it holds."""
    await call.services.accounts.delete(username)
