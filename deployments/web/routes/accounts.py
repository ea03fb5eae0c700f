"""Accounts: the caller's own, and everybody's for administrators."""

from typing import Any

from deployments.errors import (
    Forbidden,
    InvalidCredentials,
    NotFound,
    Unauthenticated,
    ValidationFailed,
)
from deployments.web.authentication import authenticate
from deployments.web.call import Current
from deployments.web.charges import charge_hash
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
    """Read the caller's own account, or what a service key or a company's token grants."""
    if call.principal.kind != "account":
        return AccountOut.of_stranger(call.principal)
    try:
        own = await call.services.accounts.account(call.principal.username)
    except NotFound as error:
        raise Unauthenticated("The account is no longer there.") from error
    return AccountOut.model_validate(own)


@routes.post("/v1/users/me/password", status_code=204)
async def change_own_password(call: Current, body: PasswordChange) -> None:
    """Change the caller's own password; every token of the account ends, of either kind."""
    if call.principal.kind != "account":
        raise Forbidden("Only an account has a password.")
    current, new = body.current_password.get_secret_value(), body.new_password.get_secret_value()
    own = await authenticate(call, call.principal.username, current)
    if own is None:
        raise InvalidCredentials("The current password is wrong.")
    if own.account.must_change_password and new == current:
        detail = "The new password must be another one."
        raise ValidationFailed(detail, (("new_password", "unchanged", detail),))
    await charge_hash(call)
    changed = {
        "password_hash": await call.services.passwords.hash(new),
        "must_change_password": False,
    }
    await call.services.accounts.change(own.account.username, changed, own.password_hash)


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
    await charge_hash(call)
    password_hash = await call.services.passwords.hash(body.password.get_secret_value())
    created = await call.services.accounts.create(
        username=body.username,
        password_hash=password_hash,
        role=body.role,
        collections=tuple(body.collections),
        scopes=tuple(body.scopes),
        disabled=body.disabled,
        must_change_password=body.must_change_password,
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
        await charge_hash(call)
        plain = body.password.get_secret_value()
        named["password_hash"] = await call.services.passwords.hash(plain)
    changed = await call.services.accounts.change(username, named)
    return AccountOut.model_validate(changed)


@routes.delete("/v1/users/{username}/attempts", status_code=204)
async def unlock_account(call: Current, username: Username) -> None:
    """Forget the failed log-ins of an account, so that it can be tried again at once."""
    await call.services.accounts.unlock(username)


@routes.delete("/v1/users/{username}", status_code=204)
async def delete_account(call: Current, username: Username) -> None:
    """Delete an account and every token it holds."""
    await call.services.accounts.delete(username)
