"""Who a search finds first: a gallery of a trial, in a database that nothing else uses."""

from collections.abc import Sequence
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import numpy as np
from asyncpg import Record
from numpy.typing import NDArray
from pgvector import HalfVector

from db import catalogue
from db.embedded import embedded_server
from db.migrate import migrate
from db.nearest import Sought, nearest
from db.pool import Connection, open_pool, transaction
from db.search import COMPARE_ALL_UP_TO
from deployments.messages.gallery import ModelBinding, NewCollection

STATEMENT_SECONDS = 3600.0  # All templates go in by one statement, and into the index one by one.
TRIAL = NewCollection("trial", "Trial")
CONSENT = ("trial", "trial", datetime(2026, 1, 1, tzinfo=UTC))
PERSON = ("id", "external_id", "consent_reference", "consent_purpose", "consent_given_at")
TEMPLATE = ("identity_id", "face_id", "vector")


async def first_found(
    gallery: NDArray[np.float32], probes: NDArray[np.float32]
) -> NDArray[np.intp]:
    """Return which row of the gallery a search finds first for each probe, -1 where it finds none.

    Both are unit vectors of shape (n, d). The search is the one that serves, as it is shipped, of
    a probe that the index alone does not settle. On a built-in server that is made for this and
    gone after it.
    """
    with (
        TemporaryDirectory(prefix="fg-trial-") as folder,
        embedded_server(Path(folder)) as address,
    ):
        await migrate(address)
        pool = open_pool(address, max_size=1, statement_timeout_seconds=STATEMENT_SECONDS)
        async with pool, transaction(pool) as connection:
            collection = await _filled(connection, gallery)
            return np.array([await _first(connection, collection, each) for each in probes], int)


async def _filled(connection: Connection, gallery: NDArray[np.float32]) -> Record:
    model = ModelBinding("trial", "0" * 64, gallery.shape[1], "trial")
    await catalogue.create(connection, TRIAL, model)
    collection = await catalogue.find(connection, TRIAL.id)
    number, ids = collection["number"], [UUID(int=at) for at in range(len(gallery))]
    people = [(number, each, str(each), *CONSENT) for each in ids]
    await _copy(connection, "identities", ("collection", *PERSON), people)
    templates = [(each, each, HalfVector(row)) for each, row in zip(ids, gallery, strict=True)]
    await _copy(connection, f"templates_{number}", TEMPLATE, templates)
    await catalogue.count(connection, collection, identities=len(ids), faces=len(ids))
    return await catalogue.find(connection, TRIAL.id)


async def _copy(
    connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    await connection.copy_records_to_table(table, columns=columns, records=rows)


async def _first(connection: Connection, collection: Record, probe: NDArray[np.float32]) -> int:
    sought = Sought(probe, -1.0, 1, clear=inf, compare_all_up_to=COMPARE_ALL_UP_TO)
    _, found = await nearest(connection, collection, sought)
    return found[0].identity_id.int if found else -1
