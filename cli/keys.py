"""`facegraph keys`: what machines show instead of a user name and a password.

A key is shown once, when it is made; the database knows its hash alone.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from cli.database import database, reported
from config.settings import settings
from db.access import Access
from db.migrate import migrate
from db.pool import open_pool
from deployments.messages.accounts import NewServiceKey, ServiceKey
from deployments.web.schemas.accounts import ServiceKeyIn
from deployments.web.service_keys import new_key

app = typer.Typer(help="Make, list and revoke keys for machines.", no_args_is_help=True)

Collections = Annotated[
    list[str] | None, typer.Option("--collection", help="A collection to grant, or * for all.")
]
Scopes = Annotated[
    list[str] | None, typer.Option("--scope", help="A scope to grant: scores, embeddings.")
]
Days = Annotated[float | None, typer.Option(help="Days until it is over; else it lasts.")]


@app.command()
def create(
    name: str,
    role: Annotated[str, typer.Option(help="admin, enroller, verifier or auditor.")],
    collection: Collections = None,
    scope: Scopes = None,
    expires_in_days: Days = None,
) -> None:
    """Make a key and print it, this once; send it as `Authorization: Bearer …`."""
    with reported():
        wanted = ServiceKeyIn.model_validate(
            {
                "name": name,
                "role": role,
                "collections": collection or [],
                "scopes": scope or [],
                "expires_in_days": expires_in_days,
            }
        )
        typer.echo(asyncio.run(_create(wanted)))


@app.command("list")
def list_keys() -> None:
    """List all keys: id, name, role, collections, scopes, and which are over."""
    with reported():
        for key in asyncio.run(_list()):
            typer.echo(_line(key))


@app.command()
def revoke(key_id: str) -> None:
    """End a key for good; within seconds no replica takes it any more."""
    with reported():
        asyncio.run(_revoke(key_id))
    typer.echo(f"Revoked {key_id}.")


async def _create(wanted: ServiceKeyIn) -> str:
    identifier, secret, digest = new_key()
    days = wanted.expires_in_days
    new = NewServiceKey(
        identifier,
        digest,
        wanted.name,
        wanted.role,
        tuple(wanted.collections),
        tuple(wanted.scopes),
        datetime.now(UTC) + timedelta(days=days) if days is not None else None,
    )
    async with _access() as access:
        await access.create_key(new)
    return secret


async def _list() -> tuple[ServiceKey, ...]:
    async with _access() as access:
        return await access.keys()


async def _revoke(key_id: str) -> None:
    async with _access() as access:
        await access.revoke_key(key_id)


@asynccontextmanager
async def _access() -> AsyncIterator[Access]:
    with database(settings()) as url:
        await migrate(url)
        async with open_pool(url, max_size=1) as pool:
            yield Access(pool)


def _line(key: ServiceKey) -> str:
    grants = ",".join(key.collections) or "-", ",".join(key.scopes) or "-"
    parts = [key.id, key.name, key.role, *grants]
    if key.revoked_at is not None:
        parts.append("revoked")
    elif key.expires_at is not None:
        over = key.expires_at <= datetime.now(UTC)
        parts.append("expired" if over else f"until {key.expires_at:%Y-%m-%d %H:%M}Z")
    return "  ".join(parts)
