"""`facegraph users`: accounts, straight in the database, for whoever runs the machine.

What is allowed is what `/v1/users` allows an administrator, and refused in the same words. A
password is never an argument, where every user of the machine could read it: it comes from
FACEGRAPH_NEW_PASSWORD, from a pipe, or is asked for on the terminal.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any

import typer

from cli.database import database, reported
from config.settings import settings
from db.accounts import Accounts
from db.migrate import migrate
from db.pool import open_pool
from deployments.errors import InvalidRequest
from deployments.messages.accounts import Account
from deployments.web.passwords import hash_password
from deployments.web.schemas.accounts import AccountChanges, AccountIn, AccountOut
from deployments.web.schemas.base import changes

PAGE = 200
PASSWORD_VARIABLE = "FACEGRAPH_NEW_PASSWORD"  # noqa: S105 - the name of a variable

app = typer.Typer(help="Create, change, unlock and delete accounts.", no_args_is_help=True)

Role = Annotated[str, typer.Option(help="admin, enroller, verifier or auditor.")]
NewRole = Annotated[str | None, typer.Option(help="admin, enroller, verifier or auditor.")]
Collections = Annotated[
    list[str] | None, typer.Option(help="A collection to grant, or * for all; repeatable.")
]
Scopes = Annotated[
    list[str] | None, typer.Option(help="A scope to grant: scores, embeddings; repeatable.")
]


@app.command()
def create(
    username: str,
    role: Role,
    collection: Collections = None,
    scope: Scopes = None,
    must_change_password: Annotated[
        bool, typer.Option("--must-change-password", help="Of no other use before that is done.")
    ] = False,
) -> None:
    """Create an account; its password comes from FACEGRAPH_NEW_PASSWORD, a pipe or a prompt."""
    with reported():
        account = AccountIn.model_validate(
            {
                "username": username,
                "password": _new_password(),
                "role": role,
                "collections": collection or [],
                "scopes": scope or [],
                "must_change_password": must_change_password,
            }
        )
        asyncio.run(_create(account))
    typer.echo(f"Created {username}.")


@app.command("list")
def list_accounts() -> None:
    """List all accounts: name, role, collections, scopes."""
    with reported():
        for account in asyncio.run(_list()):
            typer.echo(_line(account))


@app.command()
def show(username: str) -> None:
    """Show one account, as JSON."""
    with reported():
        account = AccountOut.model_validate(asyncio.run(_show(username)))
    typer.echo(account.model_dump_json(indent=2))


@app.command()
def change(
    username: str,
    role: NewRole = None,
    collection: Collections = None,
    no_collections: Annotated[
        bool, typer.Option("--no-collections", help="Take back every grant.")
    ] = False,
    scope: Scopes = None,
    no_scopes: Annotated[bool, typer.Option("--no-scopes", help="Take back every scope.")] = False,
    must_change_password: Annotated[
        bool | None, typer.Option(help="Whether it is of no other use before that is done.")
    ] = None,
) -> None:
    """Change role, collections or scopes; what is not named stays, a list that is named is new."""
    named = {
        "role": role,
        "collections": [] if no_collections else collection,
        "scopes": [] if no_scopes else scope,
        "must_change_password": must_change_password,
    }
    with reported():
        if (collection and no_collections) or (scope and no_scopes):
            raise InvalidRequest("A list is either named anew or taken back, not both.")
        _change(username, {name: value for name, value in named.items() if value is not None})
    typer.echo(f"Changed {username}.")


@app.command()
def enable(username: str) -> None:
    """Let a disabled account log in again."""
    with reported():
        _change(username, {"disabled": False})
    typer.echo(f"Enabled {username}.")


@app.command()
def disable(username: str) -> None:
    """Disable an account and end its log-ins; the last administrator stays."""
    with reported():
        _change(username, {"disabled": True})
    typer.echo(f"Disabled {username}.")


@app.command()
def password(username: str) -> None:
    """Set a new password, from where `create` takes it; it ends the log-ins there are."""
    with reported():
        _change(username, {"password": _new_password()})
    typer.echo(f"Changed the password of {username}.")


@app.command()
def unlock(username: str) -> None:
    """Forget the failed log-ins of an account, so that it can be tried again at once."""
    with reported():
        asyncio.run(_unlock(username))
    typer.echo(f"Unlocked {username}.")


@app.command()
def delete(username: str) -> None:
    """Delete an account with all its log-ins; the last administrator stays."""
    with reported():
        asyncio.run(_delete(username))
    typer.echo(f"Deleted {username}.")


async def _create(account: AccountIn) -> None:
    password = account.password.get_secret_value()
    async with _accounts() as accounts:
        await accounts.create(
            account.username,
            hash_password(password, settings().bcrypt_rounds),
            account.role,
            tuple(account.collections),
            tuple(account.scopes),
            must_change_password=account.must_change_password,
        )


async def _list() -> list[Account]:
    found: list[Account] = []
    async with _accounts() as accounts:
        page = await accounts.accounts(None, PAGE)
        found += page.items
        while page.after is not None:
            page = await accounts.accounts(page.after, PAGE)
            found += page.items
    return found


async def _show(username: str) -> Account:
    async with _accounts() as accounts:
        return await accounts.account(username)


def _change(username: str, named: Mapping[str, Any]) -> None:
    body = AccountChanges.model_validate(named)
    wanted = dict(changes(body))
    if wanted.pop("password", None) is not None:
        plain = body.password.get_secret_value()
        wanted["password_hash"] = hash_password(plain, settings().bcrypt_rounds)
    asyncio.run(_store(username, wanted))


async def _store(username: str, wanted: Mapping[str, Any]) -> None:
    async with _accounts() as accounts:
        await accounts.change(username, wanted)


async def _unlock(username: str) -> None:
    async with _accounts() as accounts:
        await accounts.unlock(username)


async def _delete(username: str) -> None:
    async with _accounts() as accounts:
        await accounts.delete(username)


@asynccontextmanager
async def _accounts() -> AsyncIterator[Accounts]:
    with database(settings()) as url:
        await migrate(url)
        async with open_pool(url, max_size=1) as pool:
            yield Accounts(pool)


def _new_password() -> str:
    if (password := os.environ.get(PASSWORD_VARIABLE)) is not None:
        return password
    if not _at_a_terminal():
        return sys.stdin.readline().rstrip("\n")
    prompted: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return prompted


def _at_a_terminal() -> bool:
    return sys.stdin.isatty()


def _line(account: Account) -> str:
    parts = [account.username, account.role, ",".join(account.collections) or "-"]
    parts.append(",".join(account.scopes) or "-")
    marks = {"disabled": account.disabled, "must change password": account.must_change_password}
    return "  ".join([*parts, *(mark for mark, set_ in marks.items() if set_)])
