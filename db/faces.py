"""Faces of an identity and their templates: added, listed and deleted, on one connection."""

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Record
from pgvector import HalfVector
from uuid_utils.compat import uuid7

from db import catalogue
from db.pool import Connection
from db.queries import queries
from db.rows import face_of, key_of, page_of, quality_column
from deployments.errors import NotFound
from deployments.messages.gallery import EnrolledFace, Template
from deployments.messages.pages import Page

SQL = queries("faces")


async def store(
    connection: Connection, collection: Record, identity_id: UUID, templates: Sequence[Template]
) -> tuple[EnrolledFace, ...]:
    """Write faces and vectors of an identity that this transaction holds, and count them."""
    ids = [uuid7() for _ in templates]
    rows = await connection.fetch(
        SQL["create_faces"],
        collection["number"],
        identity_id,
        ids,
        [quality_column(template.quality) for template in templates],
    )
    sql = SQL["create_templates"].format(number=collection["number"])
    await connection.execute(
        sql, identity_id, ids, [HalfVector(template.vector) for template in templates]
    )
    await catalogue.count(connection, collection, faces=len(ids))
    return tuple(face_of(row) for row in rows)


async def page(
    connection: Connection, collection: Record, identity_id: UUID, after: str | None, limit: int
) -> Page[EnrolledFace]:
    """List one identity's faces in the order they were added; InvalidCursor."""
    rows = await connection.fetch(
        SQL["list_faces"], collection["number"], identity_id, key_of(after), limit + 1
    )
    return page_of([face_of(row) for row in rows], limit, lambda face: face.id)


async def of_many(
    connection: Connection, collection: Record, identity_ids: Sequence[UUID]
) -> dict[UUID, tuple[EnrolledFace, ...]]:
    """Return all faces of each of these identities, by identity."""
    rows = await connection.fetch(SQL["list_faces_of_many"], collection["number"], identity_ids)
    faces: dict[UUID, list[EnrolledFace]] = {identity_id: [] for identity_id in identity_ids}
    for row in rows:
        faces[row["identity_id"]].append(face_of(row))
    return {identity_id: tuple(each) for identity_id, each in faces.items()}


async def delete(
    connection: Connection, collection_id: str, identity_id: UUID, face_id: UUID
) -> None:
    """Delete one face, the last one too: the person stays, and matches nothing. NotFound."""
    collection = await catalogue.lock(connection, collection_id)
    key = (collection["number"], identity_id, face_id)
    if await connection.fetchrow(SQL["delete_face"], *key) is None:
        raise NotFound("There is no such face.")
    await catalogue.count(connection, collection, faces=-1)
