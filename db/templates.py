"""The templates of a collection, read out page by page to calibrate with; nothing is changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import numpy as np
from asyncpg import Record

from db import catalogue
from db.pool import Pool, connection
from db.queries import queries
from deployments.errors import ModelMismatch, NotFound, Unavailable
from deployments.messages.embedder import Vector
from deployments.messages.gallery import ModelBinding

PAGE = 5000  # Rows that a server sends well within the time of a statement.

SQL = queries("templates")

_BEFORE_ALL = (UUID(int=0), UUID(int=0))


@dataclass(frozen=True, slots=True)
class EnrolledTemplates:
    """Whose each template is, by external id, of which face, and vectors (n, d) of unit length.

    The database keeps half precision: similarities differ from the embedder's by some 1e-4.
    """

    people: tuple[str, ...]
    faces: tuple[UUID, ...]
    vectors: Vector


async def read_templates(pool: Pool, collection_id: str, model: ModelBinding) -> EnrolledTemplates:
    """Return all templates of a collection but those of people whose consent is over.

    NotFound, ModelMismatch where they are not all of this pack and pipeline, Unavailable where
    there is no schema.
    People who come or go meanwhile may be among them or not.
    """
    try:
        async with connection(pool) as held:
            collection = await catalogue.find(held, collection_id)
    except asyncpg.UndefinedTableError as error:
        raise Unavailable("The database has not been migrated.") from error
    catalogue.refuse_other_model(collection, model)
    if not catalogue.is_made_by(collection, model.pipeline):
        raise ModelMismatch(
            f"Another pipeline than {model.pipeline}, or nobody knows which, made templates of "
            f"the collection {collection_id}."
        )
    rows: list[Record] = []
    # One that is bound to no pack has no table, and nobody in it.
    while collection["digest"] is not None and (page := await _page(pool, collection, rows)):
        rows += page
    return _read_out(rows, model.dimension)


async def _page(pool: Pool, collection: Record, before: Sequence[Record]) -> list[Record]:
    sql = SQL["list_templates"].format(number=collection["number"])
    last = (before[-1]["identity_id"], before[-1]["face_id"]) if before else _BEFORE_ALL
    try:
        async with connection(pool) as held:
            return list(await held.fetch(sql, *last, PAGE))
    except asyncpg.UndefinedTableError as error:
        raise NotFound("The collection was deleted meanwhile.") from error


def _read_out(rows: Sequence[Record], dimension: int) -> EnrolledTemplates:
    vectors = np.array([row["vector"].to_numpy() for row in rows], np.float32)
    vectors = vectors.reshape(len(rows), dimension)
    return EnrolledTemplates(
        people=tuple(row["external_id"] for row in rows),
        faces=tuple(row["face_id"] for row in rows),
        vectors=vectors / np.linalg.norm(vectors, axis=1, keepdims=True),
    )
