"""Failures in a row against one identity: five are free, then each costs a longer wait."""

from dataclasses import astuple
from uuid import UUID

import asyncpg

from db import catalogue
from db.allowance import Allowance
from db.pool import Connection
from db.queries import queries
from deployments.errors import AttemptsExceeded, NotFound
from deployments.messages.matcher import Decision

BLOCKED = "This identity was not recognised too many times in a row."

SQL = queries("attempts")


async def settle(
    connection: Connection,
    key: tuple[int, UUID],
    decision: Decision,
    allowance: Allowance,
    *,
    clears: bool,
) -> None:
    """Count a no_match; let a match forget what was counted, if it `clears`.

    `key` is the collection's number and the identity's id. AttemptsExceeded where the identity was
    blocked while it was being compared: of many probes at once no more than those still free are
    answered. NotFound where it was erased meanwhile.
    """
    if decision == "match":
        refuse_blocked(await connection.fetchval(SQL["settle_match"], *key, clears))
    elif not await _counted(connection, key, allowance):
        left = await connection.fetchval(SQL["find_block"], *key)
        raise AttemptsExceeded(BLOCKED, left or 1.0)


async def forget(connection: Connection, collection_id: str, identity_id: UUID) -> None:
    """Let an identity be tried again, whatever was counted against it; NotFound."""
    collection = await catalogue.find(connection, collection_id)
    key = (collection["number"], identity_id)
    if await connection.fetchval(SQL["forget_attempts"], *key) is None:
        raise NotFound("There is no such identity.")


def refuse_blocked(seconds: float | None) -> None:
    """Raise AttemptsExceeded where there are seconds left to wait."""
    if seconds:
        raise AttemptsExceeded(BLOCKED, seconds)


async def _counted(connection: Connection, key: tuple[int, UUID], allowance: Allowance) -> bool:
    try:
        row = await connection.fetchrow(SQL["count_failure"], *key, *astuple(allowance))
    except asyncpg.ForeignKeyViolationError as error:
        raise NotFound("There is no such identity.") from error
    return row is not None
