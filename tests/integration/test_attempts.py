"""Failures in a row against one identity: five are answered, then it is blocked for longer."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from uuid_utils.compat import uuid7

from db import attempts
from db.allowance import VERIFICATIONS
from db.gallery import Gallery
from db.pool import Pool, connection, transaction
from deployments.errors import AttemptsExceeded, NotFound, PresentationAttack
from deployments.messages.embedder import Vector
from deployments.messages.gallery import Identity, NewCollection
from deployments.messages.matcher import Decision
from tests.integration.people import MODEL, like, person, strangers, verification

FREE = 5
A_DAY = 86_400.0
COLLECTION = 1

(PROBE,) = strangers(1, seed=42)
STRANGER = -PROBE


@pytest.fixture
def pool(shared_pool: Pool) -> Pool:
    """Return the module's pool: each test enrols somebody of its own."""
    return shared_pool


async def enrolled(gallery: Gallery, vector: Vector = PROBE) -> Identity:
    """Enrol somebody nobody else knows."""
    return await gallery.enrol("default", person(str(uuid7()), vector), MODEL)


@pytest.fixture
async def ada(gallery: Gallery) -> Identity:
    """Enrol Ada, who looks like the probe."""
    return await enrolled(gallery)


async def fail(gallery: Gallery, who: Identity, times: int) -> None:
    """Let a stranger claim to be somebody, one time after the other."""
    for _ in range(times):
        assert (await gallery.verify(verification(who.id, STRANGER))).decision == "no_match"


async def counted(pool: Pool, who: Identity) -> int | None:
    """Return the failures in a row that are counted against an identity."""
    query = "SELECT failures FROM verification_attempts WHERE identity_id = $1"
    failures: int | None = await pool.fetchval(query, who.id)
    return failures


async def count(pool: Pool, who: Identity, failures: int) -> None:
    """Say how many failures were counted against an identity that has some."""
    query = "UPDATE verification_attempts SET failures = $2 WHERE identity_id = $1"
    await pool.execute(query, who.id, failures)


async def test_after_five_failures_nobody_is_compared(gallery: Gallery, ada: Identity) -> None:
    """Not even the right face, for thirty seconds at first; other people are."""
    bob = await enrolled(gallery)
    await fail(gallery, ada, FREE)
    with pytest.raises(AttemptsExceeded) as blocked:
        await gallery.verify(verification(ada.id, PROBE))
    assert 25 < blocked.value.retry_after <= 30
    assert (await gallery.verify(verification(bob.id, PROBE))).decision == "match"


@pytest.mark.parametrize(
    ("failures", "seconds"), [(6, 60.0), (8, 240.0), (12, 3600.0), (49, 3600.0), (50, A_DAY)]
)
async def test_each_further_failure_doubles_the_wait(
    gallery: Gallery, pool: Pool, ada: Identity, failures: int, seconds: float
) -> None:
    """Up to an hour; the fiftieth is the last, and told as a day."""
    await fail(gallery, ada, 1)
    await count(pool, ada, failures - 1)
    await fail(gallery, ada, 1)
    with pytest.raises(AttemptsExceeded) as blocked:
        await gallery.verify(verification(ada.id, PROBE))
    assert seconds - 5 < blocked.value.retry_after <= seconds


async def test_the_hard_stop_has_no_end(gallery: Gallery, pool: Pool, ada: Identity) -> None:
    """No time lifts it."""
    await fail(gallery, ada, 1)
    await count(pool, ada, 49)
    await fail(gallery, ada, 1)
    until = "SELECT blocked_until::text FROM verification_attempts WHERE identity_id = $1"
    assert await pool.fetchval(until, ada.id) == "infinity"


@pytest.mark.parametrize(
    ("similarity", "threshold", "decision", "left"),
    [
        (0.9, 0.5, "match", None),
        (0.4, 0.5, "no_match", 3),
        (0.4, -1.0, "match", 2),
        (0.7, 0.8, "no_match", 3),
        (0.7, 0.2, "match", None),
    ],
    ids=["match", "no match", "lax match", "strict no match", "match that was asked for laxly"],
)
async def test_what_an_answer_does_to_the_count(
    gallery: Gallery,
    pool: Pool,
    similarity: float,
    threshold: float,
    decision: str,
    left: int | None,
) -> None:
    """A match that the pack would call one forgets; below that it neither forgets nor counts."""
    ada = await enrolled(gallery, like(PROBE, similarity))
    await fail(gallery, ada, 2)
    result = await gallery.verify(verification(ada.id, PROBE, threshold=threshold))
    assert (result.decision, await counted(pool, ada)) == (decision, left)


async def test_of_many_probes_at_once_five_are_answered(
    gallery: Gallery, pool: Pool, ada: Identity
) -> None:
    """However many were being compared when the fifth failed."""
    probes = (gallery.verify(verification(ada.id, STRANGER)) for _ in range(30))
    outcomes = await asyncio.gather(*probes, return_exceptions=True)
    assert _kinds(outcomes) == {"VerificationResult": FREE, "AttemptsExceeded": 30 - FREE}
    assert await counted(pool, ada) == FREE


def _kinds(outcomes: Sequence[object]) -> dict[str, int]:
    names = [type(each).__name__ for each in outcomes]
    return {name: names.count(name) for name in names}


async def test_right_probes_at_once_all_match(gallery: Gallery, pool: Pool, ada: Identity) -> None:
    """They do not block each other, with failures to forget or without."""
    await fail(gallery, ada, FREE - 1)
    probes = (gallery.verify(verification(ada.id, PROBE)) for _ in range(30))
    assert {result.decision for result in await asyncio.gather(*probes)} == {"match"}
    assert await counted(pool, ada) is None


@pytest.mark.parametrize("decision", ["match", "no_match"])
async def test_an_answer_that_comes_after_the_block_is_not_given(
    gallery: Gallery, pool: Pool, ada: Identity, decision: Decision
) -> None:
    """Compared while others failed, it is refused, and changes nothing."""
    await fail(gallery, ada, FREE)
    key = (COLLECTION, ada.id)
    async with connection(pool) as held:
        with pytest.raises(AttemptsExceeded):
            await attempts.settle(held, key, decision, VERIFICATIONS, clears=True)
    assert await counted(pool, ada) == FREE


async def test_a_match_with_a_clean_record_writes_nothing(pool: Pool, ada: Identity) -> None:
    """The server gives its transaction no number, which the first write would get."""
    async with transaction(pool) as held:
        key = (COLLECTION, ada.id)
        await attempts.settle(held, key, "match", VERIFICATIONS, clears=True)
        assert await held.fetchval("SELECT pg_current_xact_id_if_assigned()") is None


async def test_an_identity_erased_while_it_was_compared_is_not_found(
    pool: Pool, ada: Identity
) -> None:
    """Nothing is counted against nobody."""
    del ada
    key = (COLLECTION, uuid7())
    async with connection(pool) as held:
        with pytest.raises(NotFound):
            await attempts.settle(held, key, "no_match", VERIFICATIONS, clears=False)


async def test_a_block_is_lifted(gallery: Gallery, ada: Identity) -> None:
    """The next probe is compared at once."""
    await fail(gallery, ada, FREE)
    await gallery.forget_attempts("default", ada.id)
    assert (await gallery.verify(verification(ada.id, PROBE))).decision == "match"


@pytest.mark.parametrize("collection", ["default", "nowhere"])
async def test_there_is_nothing_to_lift_where_nobody_is(gallery: Gallery, collection: str) -> None:
    """An identity or a collection that is not there is not found."""
    with pytest.raises(NotFound):
        await gallery.forget_attempts(collection, uuid7())


async def test_an_attack_counts_as_a_failure(gallery: Gallery) -> None:
    """What a collection refuses as a presentation attack is held up like any other guess."""
    gate = "gate-that-looks"
    await gallery.create_collection(NewCollection(gate, "Gate", liveness="enforce"), MODEL)
    ada = await gallery.enrol(gate, person("ada", PROBE), MODEL)
    attack = replace(verification(ada.id, PROBE, live=False), collection=gate)
    for _ in range(5):
        with pytest.raises(PresentationAttack):
            await gallery.verify(attack)

    with pytest.raises(AttemptsExceeded):
        await gallery.verify(attack)
