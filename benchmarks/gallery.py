"""Strangers by the hundred thousand, put into a collection by COPY: a gallery to measure on.

Vectors are random directions, all but at right angles to each other and like nobody's face; the
seed is fixed, so every run searches the same ones. Rows come first and the index after them, which
takes a tenth of the time that enrolling would. They are drawn a part at a time: a million vectors
are never in memory at once. It may run beside a service:

python -m benchmarks.gallery --data-dir .facegraph --collection default --people 100000
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any
from uuid import UUID

import numpy as np
import psutil
import typer
from asyncpg import Record
from numpy.typing import NDArray
from pgvector import HalfVector
from uuid_utils.compat import uuid7

from db import catalogue
from db.embedded import embedded_server
from db.migrate import migrate
from db.pool import Connection, Pool, open_pool, transaction
from db.rows import quality_column
from deployments.errors import NotFound
from deployments.messages.embedder import Pose, Quality
from deployments.messages.gallery import ModelBinding, NewCollection
from deployments.vision.catalogue import DEFAULT
from deployments.vision.preparation import prepare

SEED = 1
PART = 50_000  # People that are drawn and put in at a time.
STATEMENT_SECONDS = 6 * 3600.0  # The index is built by one statement.
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

# Of a face in the graph beside its vector: neighbours, tuple ids, what allocation rounds up.
GRAPH_BYTES = 1_200
LEAST_MEGABYTES = 128  # As the built-in server is configured.
SHARE_OF_MEMORY = 0.3

Rows = Iterator[tuple[Any, ...]]
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Filling:
    """What it took to fill a collection: people who were added, seconds for rows and for indexes.

    All zero where the collection was full already.
    """

    people: int = 0
    rows_seconds: float = 0.0
    index_seconds: float = 0.0


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
        asyncio.run(_fill_anew(address, collection, people, binding))


async def _fill_anew(address: str, collection: str, people: int, model: ModelBinding) -> None:
    await migrate(address)
    await fill(address, collection, people, model)


async def fill(address: str, collection: str, people: int, model: ModelBinding) -> Filling:
    """Add strangers until a collection holds so many people; it is made where it is not there.

    In the end the tables are as autovacuum would leave them, lest it comes while others measure.
    """
    pool = open_pool(address, max_size=1, statement_timeout_seconds=STATEMENT_SECONDS)
    async with pool:
        async with transaction(pool) as held:
            row = await _bound(held, collection, model)
            missing = people - row["identity_count"]
            filling = await _add(held, row, missing) if missing > 0 else Filling()
        if filling.people:
            await _settle(pool, row["number"])
    return filling


async def _settle(pool: Pool, number: int) -> None:
    async with pool.acquire() as held:
        await held.execute(
            f"VACUUM (ANALYZE) identities, faces, templates_{number}, signs_{number}"
        )


async def _bound(connection: Connection, collection: str, model: ModelBinding) -> Record:
    """Return the row of the collection, locked and bound to the model."""
    try:
        row = await catalogue.lock(connection, collection)
    except NotFound:
        new = NewCollection(collection, collection.title(), None, {}, "standard")
        await catalogue.create(connection, new, model)
        row = await catalogue.lock(connection, collection)
    return await catalogue.bound(connection, row, model)


async def _add(connection: Connection, collection: Record, count: int) -> Filling:
    table, dimension = f"templates_{collection['number']}", collection["dimension"]
    began = perf_counter()
    indexes = await connection.fetch(INDEXES, table)
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['indexname']}")
    for vectors in drawn(count, dimension, seed=SEED + collection["identity_count"]):
        await _put(connection, collection["number"], vectors)
    await catalogue.count(connection, collection, identities=count, faces=count)
    filled = perf_counter()
    await _allow_memory(connection, collection["identity_count"] + count, dimension)
    for index in indexes:
        await connection.execute(index["indexdef"])
    return Filling(count, filled - began, perf_counter() - filled)


async def _put(connection: Connection, number: int, vectors: Vectors) -> None:
    """Write one person with one face a vector."""
    people, faces = ([uuid7() for _ in vectors] for _ in range(2))
    await _copy(connection, "identities", (*IDENTITY, "consent_given_at"), _people(number, people))
    await connection.execute(FACES, number, people, faces, QUALITY)
    templates = zip(people, faces, map(HalfVector, vectors), strict=True)
    columns = ("identity_id", "face_id", "vector")
    await _copy(connection, f"templates_{number}", columns, templates)


async def _allow_memory(connection: Connection, faces: int, dimension: int) -> None:
    """Let the graph be built in memory: one that outgrows it takes three times as long."""
    most = SHARE_OF_MEMORY * psutil.virtual_memory().available
    needed = faces * (2 * dimension + GRAPH_BYTES)
    megabytes = max(LEAST_MEGABYTES, int(min(needed, most) / 2**20))
    await connection.execute(f"SET LOCAL maintenance_work_mem = '{megabytes}MB'")


async def _copy(connection: Connection, table: str, columns: tuple[str, ...], rows: Rows) -> None:
    await connection.copy_records_to_table(table, columns=columns, records=rows)


def _people(number: int, ids: list[UUID]) -> Rows:
    return ((number, each, f"stranger-{each}", "seed", "measurement", GIVEN_AT) for each in ids)


def directions(count: int, dimension: int, seed: int) -> Vectors:
    """Return so many unit vectors of so many dimensions, none preferred."""
    return np.concatenate(list(drawn(count, dimension, seed)))


def drawn(count: int, dimension: int, seed: int, part: int = PART) -> Iterator[Vectors]:
    """Yield the vectors of `directions` in order, a part at a time."""
    rng = np.random.default_rng(seed)
    for begin in range(0, count, part):
        those = rng.standard_normal((min(part, count - begin), dimension), np.float32)
        yield those / np.linalg.norm(those, axis=1, keepdims=True)


if __name__ == "__main__":
    typer.run(main)
