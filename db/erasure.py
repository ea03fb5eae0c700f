"""Erasing a person, and asking the index itself whether they are gone."""

from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record
from pgvector import HalfVector

from db import catalogue
from db.pool import Connection
from db.queries import queries
from deployments.errors import NotFound

SQL = queries("erasure")


@dataclass(frozen=True, slots=True)
class Erased:
    """What one transaction removed, kept long enough to search for it."""

    collection: Record
    identity_id: UUID
    vectors: tuple[HalfVector, ...]


async def erase(connection: Connection, collection_id: str, identity_id: UUID) -> Erased:
    """Delete an identity with its faces and vectors, and return what was there; NotFound."""
    collection = await catalogue.lock(connection, collection_id)
    key = (collection["number"], identity_id)
    vectors: list[Record] = []
    if collection["digest"] is not None:
        remember = SQL["list_vectors"].format(number=collection["number"])
        vectors = await connection.fetch(remember, identity_id)
    if await connection.fetchrow(SQL["delete_identity"], *key) is None:
        raise NotFound("There is no such identity.")
    await catalogue.count(connection, collection, identities=-1, faces=-len(vectors))
    return Erased(collection, identity_id, tuple(row["vector"] for row in vectors))


async def is_absent(connection: Connection, erased: Erased) -> bool:
    """Tell whether no row is left and no erased vector finds the person, before the commit."""
    number = erased.collection["number"]
    traces = SQL["count_traces"].format(number=number)
    if await connection.fetchval(traces, number, erased.identity_id):
        return False
    sql = SQL["find_owners"].format(number=number)
    found = [
        row["identity_id"] for each in erased.vectors for row in await connection.fetch(sql, each)
    ]
    return erased.identity_id not in found
