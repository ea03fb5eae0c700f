"""Collections: made, found, listed, changed, bound to a model and deleted, on one connection."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from asyncpg import Record

from db.pool import Connection
from db.queries import queries
from db.rows import collection_of, only, page_of
from deployments.errors import AlreadyExists, ModelMismatch, NotEmpty, NotFound
from deployments.messages.embedder import Model
from deployments.messages.gallery import Collection, ModelBinding, NewCollection
from deployments.messages.pages import Page

CHANGEABLE = frozenset({"name", "description", "metadata", "quality", "liveness", "policy"})

SQL = queries("collections")


async def create(
    connection: Connection, new: NewCollection, model: ModelBinding | None
) -> Collection:
    """Make a collection, bound from the start where a model is given; AlreadyExists."""
    row = await connection.fetchrow(
        SQL["create_collection"],
        new.id,
        new.name,
        new.description,
        new.metadata,
        new.quality,
        new.liveness,
        new.policy,
    )
    if row is None:
        raise AlreadyExists(f"The collection {new.id} exists already.")
    return collection_of(row if model is None else await bound(connection, row, model))


async def find(connection: Connection, collection_id: str) -> Record:
    """Return the row of a collection; NotFound."""
    return _found(await connection.fetchrow(SQL["find_collection"], collection_id))


async def lock(connection: Connection, collection_id: str) -> Record:
    """Return the row and keep every other writer of the collection waiting; NotFound."""
    return _found(await connection.fetchrow(SQL["lock_collection"], collection_id))


async def page(
    connection: Connection, after: str | None, limit: int, granted: tuple[str, ...] | None
) -> Page[Collection]:
    """List collections by id; of all of them where `granted` is None."""
    rows = await connection.fetch(SQL["list_collections"], after, granted, limit + 1)
    return page_of([collection_of(row) for row in rows], limit, lambda item: item.id)


async def change(
    connection: Connection, collection_id: str, changes: Mapping[str, Any]
) -> Collection:
    """Change what is a caller's to change; NotFound, InvalidRequest."""
    current = collection_of(await lock(connection, collection_id))
    wanted = replace(current, **only(CHANGEABLE, changes))
    row = await connection.fetchrow(
        SQL["change_collection"],
        collection_id,
        wanted.name,
        wanted.description,
        wanted.metadata,
        wanted.quality,
        wanted.liveness,
        wanted.policy,
    )
    return collection_of(_found(row))


async def delete(connection: Connection, collection_id: str, *, force: bool) -> None:
    """Delete a collection and all it holds; NotFound, NotEmpty unless forced."""
    row = await lock(connection, collection_id)
    if row["identity_count"] and not force:
        raise NotEmpty(f"The collection {collection_id} holds identities.")
    await connection.execute(SQL["delete_collection"], collection_id)
    await connection.execute(SQL["withdraw_grants"], collection_id)
    await connection.execute(SQL["withdraw_key_grants"], collection_id)


async def bound(connection: Connection, row: Record, model: ModelBinding) -> Record:
    """Return the row bound to the model, binding it now where it is free; ModelMismatch.

    The row must be locked, or made, by this transaction.
    """
    refuse_other_model(row, model)
    if row["digest"] is not None:
        return await _made_by(connection, row, model.pipeline)
    sql = SQL["create_templates"].format(number=row["number"], dimension=model.dimension)
    await connection.execute(sql)
    return _found(
        await connection.fetchrow(
            SQL["bind_collection"],
            row["number"],
            model.pack,
            model.digest,
            model.dimension,
            model.pipeline,
        )
    )


async def count(
    connection: Connection, row: Record, *, identities: int = 0, faces: int = 0
) -> None:
    """Add to what the collection holds; negative for what was removed."""
    await connection.execute(SQL["count_enrolled"], row["number"], identities, faces)


def refuse_other_model(row: Record, model: ModelBinding | Model) -> None:
    """Raise ModelMismatch where the collection holds vectors of another pack."""
    if row["digest"] not in {None, model.digest}:
        raise ModelMismatch(
            f"The collection {row['id']} holds templates of the pack {row['pack']} "
            f"with another digest than that of {model.pack}, which is serving."
        )


def is_made_by(row: Record, pipeline: str | None) -> bool:
    """Say whether this version of the pipeline made every template that the collection holds."""
    return not row["face_count"] or (pipeline is not None and row["pipeline"] == pipeline)


async def _made_by(connection: Connection, row: Record, pipeline: str | None) -> Record:
    """Note before templates are added which version made all; none where there will be two."""
    noted = pipeline if is_made_by(row, pipeline) else None
    if row["pipeline"] == noted:
        return row
    return _found(await connection.fetchrow(SQL["note_pipeline"], row["number"], noted))


def _found(row: Record | None) -> Record:
    if row is None:
        raise NotFound("There is no such collection.")
    return row
