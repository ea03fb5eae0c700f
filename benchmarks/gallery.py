"""Strangers by the hundred thousand, put into a collection by COPY: a gallery to measure on.

Vectors are random directions, all but at right angles to each other and like nobody's face; the
seed is fixed, so every run searches the same ones. Rows come first and the index after them, which
takes a tenth of the time that enrolling would. It may run beside a service:

python -m benchmarks.gallery --data-dir .facegraph --collection default --people 100000
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import numpy as np
import typer
from asyncpg import Record
from numpy.typing import NDArray
from pgvector import HalfVector
from uuid_utils.compat import uuid7

from db import catalogue
from db.embedded import embedded_server
from db.pool import Connection, open_pool, transaction
from db.rows import quality_column
from deployments.errors import NotFound
from deployments.messages import ModelBinding, NewCollection, Pose, Quality
from deployments.vision.catalogue import DEFAULT
from deployments.vision.preparation import prepare

SEED = 1
STATEMENT_SECONDS = 600.0  # The index is built by one statement.
GIVEN_AT = datetime(2026, 1, 1, tzinfo=UTC)
QUALITY = quality_column(Quality(0.9, 3.0, 0.5, Pose(0.0, 0.0, 0.0), 112.0))
INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'facegraph' AND tablename = $1 AND indexdef LIKE '% USING hnsw %'
"""
# Not copied, for all are of one quality, and JSON has no binary form in this driver.
FACES = """
    INSERT INTO faces (collection, identity_id, id, quality)
    SELECT $1, identity_id, id, $4 FROM unnest($2::uuid[], $3::uuid[]) AS new (identity_id, id)
"""
IDENTITY = ("collection", "id", "external_id", "consent_reference", "consent_purpose")

Rows = Iterator[tuple[Any, ...]]


def main(
    data_dir: Annotated[Path, typer.Option(help="Of the service, or of one to come.")],
    collection: Annotated[str, typer.Option(help="Made where it is not there.")] = "default",
    people: Annotated[int, typer.Option(help="How many to have at least.")] = 100_000,
    pack: Annotated[str, typer.Option(help="Whose vectors they shall pass for.")] = DEFAULT,
) -> None:
    """Fill a collection of a service on its built-in server."""
    model = prepare(pack, data_dir).model
    binding = ModelBinding(model.pack, model.digest, model.dimension, model.pipeline)
    with embedded_server(data_dir) as address:
        asyncio.run(fill(address, collection, people, binding))


async def fill(address: str, collection: str, people: int, model: ModelBinding) -> None:
    """Add strangers until a collection holds so many people; it is made where it is not there."""
    pool = open_pool(address, max_size=1, statement_timeout_seconds=STATEMENT_SECONDS)
    async with pool, transaction(pool) as connection:
        row = await _bound(connection, collection, model)
        if (missing := people - row["identity_count"]) > 0:
            await _add(connection, row, missing)


async def _bound(connection: Connection, collection: str, model: ModelBinding) -> Record:
    """Return the row of the collection, locked and bound to the model."""
    try:
        row = await catalogue.lock(connection, collection)
    except NotFound:
        new = NewCollection(collection, collection.title(), None, {}, "standard")
        await catalogue.create(connection, new, model)
        row = await catalogue.lock(connection, collection)
    return await catalogue.bound(connection, row, model)


async def _add(connection: Connection, collection: Record, count: int) -> None:
    number, table = collection["number"], f"templates_{collection['number']}"
    people, faces = ([uuid7() for _ in range(count)] for _ in range(2))
    vectors = directions(count, collection["dimension"], seed=SEED + collection["identity_count"])
    await _copy(connection, "identities", (*IDENTITY, "consent_given_at"), _people(number, people))
    await connection.execute(FACES, number, people, faces, QUALITY)
    indexes = await connection.fetch(INDEXES, table)
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['indexname']}")
    templates = zip(people, faces, map(HalfVector, vectors), strict=True)
    await _copy(connection, table, ("identity_id", "face_id", "vector"), templates)
    for index in indexes:
        await connection.execute(index["indexdef"])
    await catalogue.count(connection, collection, identities=count, faces=count)
    await connection.execute(f"ANALYZE identities, faces, {table}")


async def _copy(connection: Connection, table: str, columns: tuple[str, ...], rows: Rows) -> None:
    await connection.copy_records_to_table(table, columns=columns, records=rows)


def _people(number: int, ids: list[UUID]) -> Rows:
    return ((number, each, f"stranger-{each}", "seed", "measurement", GIVEN_AT) for each in ids)


def directions(count: int, dimension: int, seed: int) -> NDArray[np.float32]:
    """Return so many unit vectors of so many dimensions, none preferred."""
    drawn = np.random.default_rng(seed).standard_normal((count, dimension), np.float32)
    unit: NDArray[np.float32] = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return unit


if __name__ == "__main__":
    typer.run(main)
