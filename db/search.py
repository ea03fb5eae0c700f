"""1:N and 1:1: a probe against the templates of a collection, on one connection.

A small gallery is read whole, which is exact and as quick as the index. A larger one goes by the
index: a few faces first, more while they are all over the threshold and belong to too few people
(one person may have many). Where the index gives up before that, because people whose consent is
over crowd around the probe, the gallery is read whole after all: never fewer answers than there
are.
"""

from dataclasses import replace
from uuid import UUID

from asyncpg import Record
from pgvector import HalfVector

from db import attempts
from db.allowance import Allowance
from db.pool import Connection
from db.queries import queries
from db.rows import clipped, match_of
from deployments.decision import decide_identification, decide_verification, judge_presentation
from deployments.errors import ConsentExpired, NotFound, PresentationAttack
from deployments.messages.embedder import Vector
from deployments.messages.matcher import (
    Match,
    Ruling,
    Search,
    Verdict,
    Verification,
    VerificationResult,
)
from deployments.policies.built_in import own_threshold

READ_WHOLE_UP_TO = 1_000  # Faces; there it takes 0.9 ms, and the index 1.2 to 1.6.
FACES_ASKED_FOR = (32, 128, 512)  # Few different numbers: each is a statement of its own.
RUNNERS_UP = 2  # To see that an answer is ambiguous takes the second best, whatever the limit.

SQL = queries("search")


async def identify(
    connection: Connection,
    collection: Record,
    search: Search,
    threshold: float,
    ambiguity_margin: float,
) -> tuple[Verdict, ...]:
    """Return a verdict for each probe, in order; a free or empty collection knows nobody.

    One probe that the collection refuses as an attack refuses the search.
    """
    lives = search.live or (None,) * len(search.vectors)
    shown = [judge_presentation(collection["liveness"], live) for live in lives]
    verdicts = [
        await _identify_one(
            connection, collection, probe, search.limit, threshold, ambiguity_margin
        )
        for probe in search.vectors
    ]
    return tuple(
        replace(verdict, liveness=liveness)
        for verdict, liveness in zip(verdicts, shown, strict=True)
    )


async def verify(
    connection: Connection,
    collection: Record,
    verification: Verification,
    ruling: Ruling,
    allowance: Allowance,
) -> VerificationResult:
    """Compare with the most similar of the identity's faces, and count where that fails.

    NotFound, ConsentExpired, AttemptsExceeded; PresentationAttack, which counts as a failure, and
    Unavailable, as the collection's policy says. A match below the pack's own threshold, at a laxer
    one of the caller's, neither forgets what was counted nor counts: else a threshold of -1 would
    be a way to guess for ever, and a door that is lax on purpose would lock itself.
    """
    key = (collection["number"], verification.identity_id)
    similarity = await _similarity(connection, collection, verification)
    try:
        liveness = judge_presentation(collection["liveness"], verification.live)
    except PresentationAttack:
        await attempts.settle(connection, key, "no_match", allowance, clears=False)
        raise
    decision = decide_verification(similarity, ruling.threshold)
    clears = similarity >= own_threshold(verification.model)
    await attempts.settle(connection, key, decision, allowance, clears=clears)
    return VerificationResult(decision, similarity, ruling, liveness=liveness)


async def _similarity(
    connection: Connection, collection: Record, verification: Verification
) -> float:
    row = None
    if collection["digest"] is not None:
        row = await connection.fetchrow(
            SQL["compare_identity"].format(number=collection["number"]),
            collection["number"],
            verification.identity_id,
            HalfVector(verification.vector),
        )
    if row is None:
        raise NotFound("There is no such identity.")
    if row["consent_over"]:
        raise ConsentExpired("The consent of this identity is over.")
    attempts.refuse_blocked(row["blocked_seconds"])
    if row["similarity"] is None:
        raise NotFound("The identity has no face to compare with.")
    return clipped(row["similarity"])


async def _identify_one(
    connection: Connection,
    collection: Record,
    probe: Vector,
    limit: int,
    threshold: float,
    ambiguity_margin: float,
) -> Verdict:
    if not collection["face_count"]:
        return Verdict("no_match", ())
    wanted = max(limit, RUNNERS_UP)
    nearest, found = await _nearest(connection, collection, probe, threshold, wanted)
    decision = decide_identification(
        [match.similarity for match in found], threshold, ambiguity_margin
    )
    return Verdict(decision, found[:limit], nearest)


async def _nearest(
    connection: Connection, collection: Record, probe: Vector, threshold: float, wanted: int
) -> tuple[float | None, tuple[Match, ...]]:
    """Return the best similarity, and of the identities at or over the threshold the `wanted` best.

    All of them if they are fewer.
    """
    vector = HalfVector(probe)
    if collection["face_count"] > READ_WHOLE_UP_TO:
        for faces in FACES_ASKED_FOR:
            sql = SQL["find_nearest"].format(number=collection["number"], faces=faces)
            rows = await connection.fetch(sql, vector)
            found = _best_of_each(rows, threshold)
            if len(found) >= wanted or (rows and rows[-1]["similarity"] < threshold):
                return clipped(rows[0]["similarity"]), found[:wanted]
            if len(rows) < faces:
                break
    sql = SQL["find_nearest_exactly"].format(number=collection["number"])
    rows = await connection.fetch(sql, vector, threshold, wanted)
    found = tuple(match_of(row) for row in rows if row["identity_id"] is not None)
    return (clipped(rows[0]["nearest"]), found) if rows else (None, ())


def _best_of_each(rows: list[Record], threshold: float) -> tuple[Match, ...]:
    """Keep the first row of each identity; the rows come nearest first."""
    best: dict[UUID, Match] = {}
    for row in rows:
        if row["similarity"] >= threshold:
            best.setdefault(row["identity_id"], match_of(row))
    return tuple(best.values())
