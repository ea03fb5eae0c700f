"""What the index puts first: a gallery of a trial, in a database that nothing else uses."""

from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector

from db.embedded import embedded_server
from db.migrate import migrate
from db.pool import Connection, open_pool, transaction
from db.queries import queries
from db.search import READ_WHOLE_UP_TO

STATEMENT_SECONDS = 3600.0  # All templates go in by one statement, and into the index one by one.
COLUMNS = ("identity_id", "face_id", "vector")

CREATE = queries("collections")["create_templates"]
SQL = queries("trial")


async def first_by_index(
    gallery: NDArray[np.float32], probes: NDArray[np.float32]
) -> NDArray[np.intp]:
    """Return which row of the gallery the index puts first for each probe, -1 where it finds none.

    Both are unit vectors of shape (n, d). Tables, index and precision are those that serve, and a
    small gallery is read whole as it is there; `hnsw.ef_search` is the default. On a built-in
    server that is made for this and gone after it.
    """
    with (
        TemporaryDirectory(prefix="fg-trial-") as folder,
        embedded_server(Path(folder)) as address,
    ):
        await migrate(address)
        pool = open_pool(address, max_size=1, statement_timeout_seconds=STATEMENT_SECONDS)
        async with pool, transaction(pool) as connection:
            await _fill(connection, gallery)
            if len(gallery) > READ_WHOLE_UP_TO:
                await connection.execute(SQL["index_alone"])
            else:
                await connection.execute(SQL["no_index"])
            return np.array([await _first(connection, probe) for probe in probes], np.intp)


async def _fill(connection: Connection, gallery: NDArray[np.float32]) -> None:
    await connection.execute(CREATE.format(number=0, dimension=gallery.shape[1]))
    rows = ((UUID(int=at), UUID(int=at), HalfVector(each)) for at, each in enumerate(gallery))
    await connection.copy_records_to_table("templates_0", columns=COLUMNS, records=rows)


async def _first(connection: Connection, probe: NDArray[np.float32]) -> int:
    row = await connection.fetchrow(SQL["nearest_by_index"], HalfVector(probe))
    return -1 if row is None else row["identity_id"].int
