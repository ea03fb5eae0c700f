"""`facegraph users`: accounts, straight in the database, for whoever runs the machine.

A password is never an argument, where every user of the machine could read it: it comes from
FACEGRAPH_NEW_PASSWORD, from a pipe, or is asked for on the terminal.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from cli.database import database, reported
from config.settings import settings
from db.accounts import Accounts
from db.migrate import migrate
from db.pool import open_pool
from deployments.messages import Account
from deployments.web.passwords import hash_password
from deployments.web.schemas.accounts import AccountIn

PAGE = 200
PASSWORD_VARIABLE = "FACEGRAPH_NEW_PASSWORD"  # noqa: S105 - the name of a variable

app = typer.Typer(help="Create, list and disable accounts.", no_args_is_help=True)


@app.command()
def create(
    username: str,
    role: Annotated[str, typer.Option(help="admin, enroller, verifier or auditor.")],
    collection: Annotated[
        list[str] | None, typer.Option(help="A collection to grant, or * for all; repeatable.")
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="A scope to grant: scores, embeddings; repeatable.")
    ] = None,
) -> None:
    """Create an account; its password comes from FACEGRAPH_NEW_PASSWORD, a pipe or a prompt."""
    with reported():
        # The same rules as over HTTP.
        account = AccountIn.model_validate(
            {
                "username": username,
                "password": _new_password(),
                "role": role,
                "collections": collection or [],
                "scopes": scope or [],
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
def disable(username: str) -> None:
    """Disable an account and end its log-ins; the last administrator stays."""
    with reported():
        asyncio.run(_disable(username))
    typer.echo(f"Disabled {username}.")


async def _create(account: AccountIn) -> None:
    password = account.password.get_secret_value()
    async with _accounts() as accounts:
        await accounts.create(
            account.username,
            hash_password(password, settings().bcrypt_rounds),
            account.role,
            tuple(account.collections),
            tuple(account.scopes),
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


async def _disable(username: str) -> None:
    async with _accounts() as accounts:
        await accounts.change(username, {"disabled": True})


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
    return "  ".join([*parts, "disabled"] if account.disabled else parts)
