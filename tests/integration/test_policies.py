"""Policies as stored: what is told of them to whoever decides, and what they decide."""

from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from db.gallery import Gallery
from db.policies import Policies
from db.pool import Pool
from deployments.errors import (
    AlreadyExists,
    ModelMismatch,
    NotFound,
    TargetNotSupported,
    Unavailable,
    ValidationFailed,
)
from deployments.messages.matcher import Search, Verification, Wanted
from deployments.policies.policy import MOST, Policy
from tests.integration.people import MODEL, like, person, serving, strangers
from tests.unit.policies.synthetic import EVIDENCE, policy

SERVED = serving(MODEL)
(PROBE,) = strangers(1, seed=42)
EVERYTHING = 0

OURS = replace(EVIDENCE, pack_digest=SERVED.digest, pipeline=SERVED.pipeline)
DOOR = policy(target_fmr=1e-2, evidence=OURS, model=SERVED)
GATE = policy("gate", "identify", target_fpir=0.0198, evidence=OURS, model=SERVED)
RAW = policy("raw", "identify", threshold=0.7, model=SERVED)


@pytest.fixture
def policies(pool: Pool) -> Policies:
    """Return the policies of the test's database."""
    return Policies(pool)


def asked(wanted: Wanted) -> Search:
    """Ask who somebody is that is 0.4 like the first person."""
    return Search("default", like(PROBE, 0.4)[None], SERVED, 5, wanted)


@pytest.mark.parametrize("stored", [DOOR, GATE, RAW], ids=lambda each: each.name)
async def test_the_story_of_a_policy(policies: Policies, stored: Policy) -> None:
    """Stored, told, listed; stored again it keeps the time it was made at."""
    first = await policies.store(stored)
    again = await policies.store(stored)
    read = await policies.policy(stored.name)

    assert read == again
    assert (read.name, read.kind, read.evidence) == (stored.name, stored.kind, stored.evidence)
    assert (read.threshold, read.target_fmr, read.target_fpir) == (
        stored.threshold,
        stored.target_fmr,
        stored.target_fpir,
    )
    assert read.is_of(SERVED)
    assert read.created_at == first.created_at
    assert (await policies.changes(EVERYTHING)).policies == (read,)


async def test_another_in_its_place(policies: Policies) -> None:
    """A name is one policy: what was stored last, whole."""
    await policies.store(DOOR)
    await policies.store(policy("door", threshold=0.7, model=SERVED))
    read = await policies.policy("door")

    assert (read.threshold, read.target_fmr, read.evidence) == (0.7, None, None)


async def test_none_of_the_other_kind_in_its_place(policies: Policies) -> None:
    """A collection that names it would be decided by something else from then on."""
    stored = await policies.store(DOOR)
    with pytest.raises(AlreadyExists, match="is one to verify by"):
        await policies.store(policy("door", "identify", threshold=0.7, model=SERVED))

    assert await policies.policy("door") == stored


async def test_nobody_stored_it(policies: Policies) -> None:
    """What is not there is not found."""
    with pytest.raises(NotFound):
        await policies.policy("door")


async def test_pages(policies: Policies) -> None:
    """The list goes on where it stopped, by name."""
    for each in RAW, GATE, DOOR:
        await policies.store(each)
    first = await policies.policies(None, 2)
    last = await policies.policies(first.after, 2)

    assert [each.name for each in first.items + last.items] == ["door", "gate", "raw"]
    assert last.after is None


async def test_only_what_changed_is_told(policies: Policies, pool: Pool) -> None:
    """A reading goes on where the last one was, and misses no transaction that was slow."""
    await policies.store(DOOR)
    async with pool.acquire() as slow:
        async with slow.transaction():
            await slow.execute("UPDATE policies SET changed_in = pg_current_xact_id()")
            first = await policies.changes(EVERYTHING)
            await policies.store(GATE)
        second = await policies.changes(first.watermark)
        third = await policies.changes(second.watermark)

    assert {each.name for each in second.policies} == {"door", "gate"}
    assert third.policies == ()


async def test_there_is_room_for_so_many(policies: Policies, pool: Pool) -> None:
    """One more is refused, and those that are there can still be replaced."""
    await pool.execute(
        "INSERT INTO policies (name, kind, pack_digest, pipeline, threshold)"
        " SELECT 'p-' || number, 'verify', 'd', 'v', 0.5 FROM generate_series(1, $1) AS number",
        MOST,
    )
    with pytest.raises(ValidationFailed):
        await policies.store(DOOR)
    assert (await policies.store(policy("p-7", threshold=0.1))).threshold == 0.1


@pytest.mark.parametrize(
    "columns",
    [
        "threshold = NULL",
        "target_fmr = 0.1",
        "threshold = NULL, target_fmr = 0.1",
        "threshold = NULL, target_fpir = 0.1, evidence = '{}'",
        "threshold = 1.5",
        "kind = 'compare'",
    ],
)
async def test_the_table_keeps_the_rules(policies: Policies, pool: Pool, columns: str) -> None:
    """Whoever writes by hand stores no policy that says two things, or claims without data."""
    await policies.store(policy(threshold=0.5))
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute(f"UPDATE policies SET {columns}")  # noqa: S608  columns of this file


async def test_a_stored_policy_decides(policies: Policies, gallery: Gallery) -> None:
    """By its evidence, 1:1 and 1:N, and the answer tells what stands behind it."""
    for each in DOOR, GATE:
        await policies.store(each)
    ada = await gallery.enrol("default", person("ada", PROBE), MODEL)
    claim = Verification("default", ada.id, like(PROBE, 0.4), SERVED, Wanted(policy="door"))
    verified = await gallery.verify(claim)
    found = await gallery.search(asked(Wanted(policy="gate")))

    assert (verified.decision, verified.ruling.threshold) == ("match", 0.35)
    assert (verified.ruling.policy, verified.ruling.fmr_upper_bound) == ("door", 0.00655)
    assert (found.verdicts[0].decision, found.ruling.threshold) == ("match", 0.35)
    assert (found.ruling.policy, found.ruling.target_fpir) == ("gate", 0.0198)


async def test_the_threshold_follows_the_faces(policies: Policies, gallery: Gallery) -> None:
    """Faces count, not people; where the data end it is refused with the size they carry."""
    await policies.store(GATE)
    ada = await gallery.enrol("default", person("ada", PROBE), MODEL)
    more = person("ada", *strangers(5, seed=3)).templates
    await gallery.add_faces("default", ada.id, more, MODEL)
    six = await gallery.search(asked(Wanted(policy="gate")))
    await gallery.enrol("default", person("bob", *strangers(15, seed=4)), MODEL)

    assert (six.ruling.threshold, six.ruling.gallery_share) == (0.405, 6 / 20)
    with pytest.raises(TargetNotSupported, match="up to 20 faces, and this one has 21"):
        await gallery.search(asked(Wanted(policy="gate")))


async def test_the_policy_of_the_collection(policies: Policies, gallery: Gallery) -> None:
    """It decides where nobody names anything, and is told with the collection."""
    await policies.store(RAW)
    await gallery.enrol("default", person("ada", PROBE), MODEL)
    changed = await gallery.change_collection("default", {"policy": "raw"})
    found = await gallery.search(asked(Wanted()))

    assert changed.policy == (await gallery.collection("default")).policy == "raw"
    assert (found.ruling.threshold, found.ruling.policy) == (0.7, "raw")


@pytest.mark.parametrize(("name", "error"), [("old", ModelMismatch), ("elsewhere", Unavailable)])
async def test_a_collection_whose_policy_cannot_decide(
    policies: Policies, gallery: Gallery, name: str, error: type[Exception]
) -> None:
    """It is never decided by another instead."""
    await policies.store(policy("old", "identify", threshold=0.1))
    await gallery.enrol("default", person("ada", PROBE), MODEL)
    await gallery.change_collection("default", {"policy": name})
    with pytest.raises(error):
        await gallery.search(asked(Wanted()))


@pytest.mark.parametrize("pipeline", [None, "0-640-twice"])
async def test_what_another_pipeline_made_has_no_claim(
    policies: Policies, gallery: Gallery, pipeline: str | None
) -> None:
    """Its policy's threshold decides, 1:1 and 1:N, and nothing is said to stand behind it."""
    for each in DOOR, GATE:
        await policies.store(each)
    ada = await gallery.enrol("default", person("ada", PROBE), replace(MODEL, pipeline=pipeline))
    claim = Verification("default", ada.id, like(PROBE, 0.4), SERVED, Wanted(policy="door"))
    rulings = [
        (await gallery.verify(claim)).ruling,
        (await gallery.search(asked(Wanted(policy="gate")))).ruling,
    ]

    assert [(each.policy, each.threshold) for each in rulings] == [("door", 0.35), ("gate", 0.35)]
    assert {(each.supported, each.fmr_upper_bound) for each in rulings} == {(False, None)}


@pytest.mark.parametrize(("erased", "noted"), [(False, None), (True, MODEL.pipeline)])
async def test_the_pipeline_of_a_collection(gallery: Gallery, erased: bool, noted: Any) -> None:
    """Noted is the one that made every template: none once there are two, anew once it is empty."""
    old = replace(MODEL, pipeline="0-640-twice")
    ada = await gallery.enrol("default", person("ada", PROBE), old)
    first = (await gallery.collection("default")).model
    if erased:
        await gallery.erase("default", ada.id)
    await gallery.enrol("default", person("bob", *strangers(1, seed=3)), MODEL)
    second = (await gallery.collection("default")).model

    assert (first, second) == (old, replace(MODEL, pipeline=noted))
