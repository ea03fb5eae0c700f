"""The rivals: comparing with everybody, in the database and in the program that asks it.

Both are spared what the service does besides (which collection, which policy, whose consent), so
that they lose by nothing but the scan.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from time import perf_counter
from types import MappingProxyType

import numpy as np
from pgvector import HalfVector

from benchmarks.performance.database.probes import Floats, Probes
from db import catalogue
from db.pool import Connection, open_pool
from deployments.messages.embedder import Vector

STATEMENT_SECONDS = 600.0  # Of a scan of millions.
ROUNDING = 1e-3  # The naive scan does not round its probe to half precision.
NO_INDEX = "SET enable_indexscan = off"
NEAREST = """
    SELECT identity_id, face_id, 1 - (vector <=> $1) AS similarity FROM templates_{number:d}
    ORDER BY vector <=> $1 LIMIT 1
"""
EVERYBODY = "SELECT identity_id, vector FROM templates_{number:d}"

Scan = Callable[[Connection, int, Vector], Awaitable[float]]
"""From a connection, the number of a collection and a probe to the cosine of the nearest face."""

EXACT, NAIVE = "exact scan in SQL", "naive scan"


class WrongAnswer(Exception):
    """A scan that compares with everybody did not find the nearest face."""


async def in_sql(connection: Connection, number: int, probe: Vector) -> float:
    """Have the database compare with every vector and sort."""
    (row,) = await connection.fetch(NEAREST.format(number=number), HalfVector(probe))
    return float(row["similarity"])


async def naive(connection: Connection, number: int, probe: Vector) -> float:
    """Fetch every vector and compare here, as a first version of such a service does."""
    rows = await connection.fetch(EVERYBODY.format(number=number))
    vectors = np.array([row["vector"].to_numpy() for row in rows], np.float32)
    similarities = vectors @ probe / np.linalg.norm(vectors, axis=1)
    return float(similarities.max())


RIVALS: Mapping[str, Scan] = MappingProxyType({EXACT: in_sql, NAIVE: naive})


@asynccontextmanager
async def without_index(address: str) -> AsyncIterator[Connection]:
    """Lend a connection that uses no index for scans."""
    pool = open_pool(address, max_size=1, statement_timeout_seconds=STATEMENT_SECONDS)
    async with pool, pool.acquire() as held:
        await held.execute(NO_INDEX)
        yield held


async def timed(scan: Scan, connection: Connection, collection: str, probes: Probes) -> Floats:
    """Return the seconds (n) that each probe took, the first one done once before; WrongAnswer."""
    number = (await catalogue.find(connection, collection))["number"]
    await scan(connection, number, probes.vectors[0])
    one_by_one = [probes[at : at + 1] for at in range(len(probes))]
    return np.array([await _once(scan, connection, number, probe) for probe in one_by_one])


async def _once(scan: Scan, connection: Connection, number: int, probe: Probes) -> float:
    began = perf_counter()
    found = await scan(connection, number, probe.vectors[0])
    taken = perf_counter() - began
    if abs(found - probe.nearest[0]) > ROUNDING:
        raise WrongAnswer(f"found one at {found:.6f}, and there is one at {probe.nearest[0]:.6f}")
    return taken
