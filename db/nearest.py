"""The people of a collection nearest to a probe, on one connection.

A small gallery is read whole, which is exact and as quick as the index. Of a larger one the index
is asked first: for a few faces, and for more while they are all over the threshold and belong to
too few people (one person may have many). The index may miss the nearest face, and does so the
more often the larger the gallery. So its answer stands only where it is clear; before nobody is
named, or somebody narrowly, the probe is compared with everybody: by the signs of the vectors, and
with the likeliest by the vectors themselves, with all by these where there are too few signs
(docs/decisions/0021-nobody-is-named-too-soon.md).
Where people whose consent is over crowd around the probe, the gallery is read whole: never fewer
answers than there are.
"""

from dataclasses import dataclass
from math import acos, pi, sqrt
from uuid import UUID

from asyncpg import Record
from pgvector import HalfVector

from db.pool import Connection
from db.queries import queries
from db.rows import clipped, match_of
from deployments.messages.embedder import Vector
from deployments.messages.matcher import Match

READ_WHOLE_UP_TO = 1_000  # Faces; there it takes 0.9 ms, and the index 1.2 to 1.6.
FACES_ASKED_FOR = (32, 128, 512)  # Few different numbers: each is a statement of its own.
SPREAD = 3.0  # Standard deviations: of a normal distribution 1 in 741 lies beyond.
LIKELY_ONE_IN, LEAST_LIKELY = 256, 64  # Faces that are compared by their vectors after the signs.
# 128 are too few: among 100,000 a fifth to a third of mates at 0.45 were not among the likely.
ENOUGH_SIGNS = 512

SQL = queries("search")

Nearest = tuple[float | None, tuple[Match, ...]]
"""How similar the nearest face is, and who is at or over the threshold, nearest first."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Who is looked for: the `wanted` best at or over a threshold, all of them if they are fewer.

    The probe is of shape (d). From the similarity `clear` on what the index says is taken for
    granted; in a collection of more faces than `compare_all_up_to` it always is.
    """

    probe: Vector
    threshold: float
    wanted: int
    clear: float
    compare_all_up_to: int


async def nearest(connection: Connection, collection: Record, sought: Sought) -> Nearest:
    """Return the best similarity, None in an empty collection, and the people sought."""
    if collection["face_count"] > READ_WHOLE_UP_TO:
        rows = await _by_index(connection, collection, sought)
        if rows is not None and _is_doubtful(rows, collection, sought):
            rows = await _beside_the_likely(connection, collection, sought, rows)
        if rows is not None:
            found = _best_of_each(rows, sought.threshold)
            return clipped(rows[0]["similarity"]), found[: sought.wanted]
    return await _exactly(connection, collection, sought)


async def _by_index(
    connection: Connection, collection: Record, sought: Sought
) -> list[Record] | None:
    """Return faces, nearest first; None where the index gave up before there were enough."""
    vector = HalfVector(sought.probe)
    for faces in FACES_ASKED_FOR:
        sql = SQL["find_nearest"].format(number=collection["number"], faces=faces)
        rows: list[Record] = await connection.fetch(sql, vector)
        if _is_enough(rows, sought):
            return rows
        if len(rows) < faces:
            break
    return None


def _is_doubtful(rows: list[Record], collection: Record, sought: Sought) -> bool:
    if collection["face_count"] > sought.compare_all_up_to:
        return False
    return bool(rows[0]["similarity"] < sought.clear)


async def _beside_the_likely(
    connection: Connection, collection: Record, sought: Sought, rows: list[Record]
) -> list[Record] | None:
    """Return these faces and the likely of all, nearest first; some may come twice.

    None where too many of the likely belong to people whose consent is over, or to one person.
    """
    likely = await _likely(connection, collection, sought)
    lasting = [row for row in likely if row["external_id"] is not None]
    if len(likely) == FACES_ASKED_FOR[0] and not _is_enough(lasting, sought):
        return None
    return sorted([*rows, *lasting], key=lambda row: -float(row["similarity"]))


async def _likely(connection: Connection, collection: Record, sought: Sought) -> list[Record]:
    """Return the nearest of all faces, or of those likely by their signs, nearest first."""
    number, dimension, faces = collection["number"], collection["dimension"], FACES_ASKED_FOR[0]
    vector = HalfVector(sought.probe)
    if dimension < ENOUGH_SIGNS:
        sql = SQL["find_nearest_of_all"].format(number=number, faces=faces)
        return list(await connection.fetch(sql, vector))
    sql = SQL["find_likely"].format(number=number, dimension=dimension, faces=faces)
    count = max(LEAST_LIKELY, collection["face_count"] // LIKELY_ONE_IN)
    most = most_other_signs(sought.threshold, dimension)
    return list(await connection.fetch(sql, vector, count, most))


def most_other_signs(cosine: float, dimension: int) -> float:
    """Return in how many signs two vectors of that cosine differ at most, but one pair in 741.

    A random direction tells their sides apart with a probability of their angle by half a turn
    (Goemans and Williamson, 1995); that axes are chosen at random is assumed.
    """
    share = acos(max(-1.0, min(cosine, 1.0))) / pi
    return dimension * share + SPREAD * sqrt(dimension * share * (1 - share))


def _is_enough(rows: list[Record], sought: Sought) -> bool:
    """Say whether the people sought are among these faces, as far as faces beyond are no nearer."""
    if len(_best_of_each(rows, sought.threshold)) >= sought.wanted:
        return True
    return bool(rows) and bool(rows[-1]["similarity"] < sought.threshold)


async def _exactly(connection: Connection, collection: Record, sought: Sought) -> Nearest:
    sql = SQL["find_nearest_exactly"].format(number=collection["number"])
    vector = HalfVector(sought.probe)
    rows = await connection.fetch(sql, vector, sought.threshold, sought.wanted)
    found = tuple(match_of(row) for row in rows if row["identity_id"] is not None)
    return (clipped(rows[0]["nearest"]), found) if rows else (None, ())


def _best_of_each(rows: list[Record], threshold: float) -> tuple[Match, ...]:
    """Keep the first row of each identity; the rows come nearest first."""
    best: dict[UUID, Match] = {}
    for row in rows:
        if row["similarity"] >= threshold:
            best.setdefault(row["identity_id"], match_of(row))
    return tuple(best.values())
