"""Erasing: nothing of a person is left, whoever deletes and whatever happens at the same time."""

import asyncio
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from db import erasure
from db.gallery import Gallery
from db.pool import Pool, transaction
from deployments.errors import NotFound
from tests.integration.people import MODEL, person, search, strangers, templates, verification

NOBODY = uuid7()


async def rows_of(pool: Pool, identity_id: UUID) -> int:
    """Count the rows in which the id stands, in whatever table has a column for it."""
    columns = await pool.fetch(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'facegraph' AND data_type = 'uuid'"
    )
    counts = [
        await pool.fetchval(
            f'SELECT count(*) FROM {each["table_name"]} WHERE "{each["column_name"]}" = $1',  # noqa: S608
            identity_id,
        )
        for each in columns
    ]
    return sum(counts)


@pytest.mark.parametrize("among", [1, 40])
async def test_an_erased_person_is_nowhere(gallery: Gallery, pool: Pool, among: int) -> None:
    """The receipt counts what went, no table holds the id, and their face finds nobody."""
    vectors = strangers(3)
    ada = await gallery.enrol("default", person("ada", *vectors), MODEL)
    assert (await gallery.verify(verification(ada.id, -vectors[0]))).decision == "no_match"
    for number, vector in enumerate(strangers(among, seed=9)):
        await gallery.enrol("default", person(f"p{number}", vector), MODEL)
    receipt = await gallery.erase("default", ada.id)
    assert (receipt.identities, receipt.faces, receipt.crops, receipt.absent) == (1, 3, 0, True)
    assert await rows_of(pool, ada.id) == 0
    assert sum([await rows_of(pool, face.id) for face in ada.faces]) == 0
    found = await gallery.search(search(*vectors, threshold=0.9))
    assert {verdict.decision for verdict in found.verdicts} == {"no_match"}
    collection = await gallery.collection("default")
    assert (collection.identities, collection.faces) == (among, among)


async def test_a_receipt_is_not_given_on_trust(gallery: Gallery, pool: Pool) -> None:
    """Absence is looked up: of somebody still there, by row or by index, it is denied."""
    ada = await gallery.enrol("default", person("ada", *strangers(1)), MODEL)
    async with transaction(pool) as held:
        erased = await erasure.erase(held, "default", ada.id)
        assert await erasure.is_absent(held, erased)
        await held.execute(
            "INSERT INTO templates_1 VALUES ($1, $2, $3)", ada.id, NOBODY, erased.vectors[0]
        )
        assert not await erasure.is_absent(held, erased)


async def test_signs_that_are_left_are_traces(gallery: Gallery, pool: Pool) -> None:
    """They are looked for in their own right: the constraint that takes them along may be gone."""
    ada = await gallery.enrol("default", person("ada", *strangers(1)), MODEL)
    async with transaction(pool) as held:
        erased = await erasure.erase(held, "default", ada.id)
        await held.execute("ALTER TABLE signs_1 DROP CONSTRAINT signs_1_identity_id_face_id_fkey")
        signs = "INSERT INTO signs_1 VALUES ($1, $2, repeat('0', 32)::bit(32))"
        await held.execute(signs, ada.id, NOBODY)
        assert not await erasure.is_absent(held, erased)


async def test_an_erasure_that_cannot_be_confirmed_has_not_happened(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the search for absence fails the person is still there, to be erased by a retry."""
    ada = await gallery.enrol("default", person("ada", *strangers(1)), MODEL)
    with monkeypatch.context() as broken:
        fails = {"find_owners": "SELECT 1 / 0 WHERE $1::halfvec IS NOT NULL"}
        broken.setattr(erasure, "SQL", {**erasure.SQL, **fails})
        with pytest.raises(asyncpg.DivisionByZeroError):
            await gallery.erase("default", ada.id)
    assert await gallery.identity("default", ada.id) == ada
    assert (await gallery.erase("default", ada.id)).absent


async def test_a_row_deleted_by_hand_takes_its_vectors_along(gallery: Gallery, pool: Pool) -> None:
    """The cascade is the database's own, whoever deletes, and however many at once."""
    for number, vector in enumerate(strangers(5)):
        await gallery.enrol("default", person(f"p{number}", vector), MODEL)
    await pool.execute("DELETE FROM identities WHERE external_id <> 'p0'")
    assert await pool.fetchval("SELECT count(*) FROM faces") == 1
    assert await pool.fetchval("SELECT count(*) FROM templates_1") == 1
    assert await pool.fetchval("SELECT count(*) FROM signs_1") == 1


async def test_erasing_and_adding_faces_at_once_leaves_all_or_nothing(
    gallery: Gallery, pool: Pool
) -> None:
    """Whoever comes second finds nobody; no face of an erased person remains."""
    ada = await gallery.enrol("default", person("ada", *strangers(1)), MODEL)
    outcomes = await asyncio.gather(
        gallery.add_faces("default", ada.id, templates(*strangers(3)), MODEL),
        gallery.erase("default", ada.id),
        gallery.add_faces("default", ada.id, templates(*strangers(3)), MODEL),
        return_exceptions=True,
    )
    unexpected = [
        each
        for each in outcomes
        if isinstance(each, BaseException) and not isinstance(each, NotFound)
    ]
    assert unexpected == []
    assert await rows_of(pool, ada.id) == 0
    collection = await gallery.collection("default")
    assert (collection.identities, collection.faces) == (0, 0)


async def test_an_identity_being_enrolled_and_a_collection_being_deleted_do_not_lock_up(
    gallery: Gallery,
) -> None:
    """Writers of one collection queue up in one order, so none of them is a deadlock's victim."""
    ada = await gallery.enrol("default", person("ada", *strangers(1)), MODEL)
    outcomes = await asyncio.gather(
        gallery.enrol("default", person("bob", *strangers(1)), MODEL),
        gallery.erase("default", ada.id),
        gallery.delete_collection("default", force=True),
        gallery.enrol("default", person("cy", *strangers(1)), MODEL),
        return_exceptions=True,
    )
    assert {type(each) for each in outcomes if isinstance(each, BaseException)} <= {NotFound}
    with pytest.raises(NotFound):
        await gallery.collection("default")
