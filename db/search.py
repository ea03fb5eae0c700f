"""1:N and 1:1: a probe against the templates of a collection, on one connection."""

from dataclasses import replace

from asyncpg import Record
from pgvector import HalfVector

from db import attempts
from db.allowance import Allowance
from db.nearest import Sought, nearest
from db.pool import Connection
from db.queries import queries
from db.rows import clipped
from deployments.decision import decide_identification, decide_verification, judge_presentation
from deployments.errors import ConsentExpired, NotFound, PresentationAttack
from deployments.messages.matcher import (
    Ruling,
    Search,
    Verdict,
    Verification,
    VerificationResult,
)
from deployments.policies.built_in import own_threshold

# Over the threshold by so much, in cosine, hardly an impostor is, and what the index says stands.
CLEARLY_OVER = 0.1
COMPARE_ALL_UP_TO = 1_000_000  # Faces, unless an operator says otherwise.
RUNNERS_UP = 2  # To see that an answer is ambiguous takes the second best, whatever the limit.

SQL = queries("search")


async def identify(
    connection: Connection,
    collection: Record,
    search: Search,
    threshold: float,
    ambiguity_margin: float,
    compare_all_up_to: int = COMPARE_ALL_UP_TO,
) -> tuple[Verdict, ...]:
    """Return a verdict for each probe, in order; a free or empty collection knows nobody.

    One probe that the collection refuses as an attack refuses the search. A lax threshold of the
    caller's makes no answer clear that is not so at the pack's own.
    """
    lives = search.live or (None,) * len(search.vectors)
    shown = [judge_presentation(collection["liveness"], live) for live in lives]
    wanted = max(search.limit, RUNNERS_UP)
    clear = max(threshold, own_threshold(search.model)) + CLEARLY_OVER
    verdicts = [
        await _identify_one(
            connection,
            collection,
            Sought(probe, threshold, wanted, clear, compare_all_up_to),
            search.limit,
            ambiguity_margin,
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
    connection: Connection, collection: Record, sought: Sought, limit: int, margin: float
) -> Verdict:
    if not collection["face_count"]:
        return Verdict("no_match", ())
    similarity, found = await nearest(connection, collection, sought)
    decision = decide_identification(
        [match.similarity for match in found], sought.threshold, margin
    )
    return Verdict(decision, found[:limit], similarity)
