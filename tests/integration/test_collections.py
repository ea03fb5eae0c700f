"""Collections: their lifecycle, their binding to a model, and what is left of them."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from db.accounts import Accounts
from db.gallery import Gallery
from db.pool import Pool
from deployments.errors import (
    AlreadyExists,
    InvalidRequest,
    ModelMismatch,
    NotEmpty,
    NotFound,
)
from deployments.messages.gallery import NewCollection
from tests.integration.people import (
    MODEL,
    OTHER_MODEL,
    crowd,
    person,
    search,
    strangers,
    verification,
)


async def test_default_exists_from_the_start(gallery: Gallery) -> None:
    """It is empty, bound to nothing, and judges quality by the standard gate."""
    collection = await gallery.collection("default")
    assert (collection.identities, collection.faces, collection.model, collection.quality) == (
        0,
        0,
        None,
        "standard",
    )


async def test_what_was_created_is_what_is_read(gallery: Gallery) -> None:
    """Every field of the description comes back, and the id is taken from then on."""
    new = NewCollection("site-1", "Site 1", "The gate", {"floor": 2, "open": None}, "strict")
    created = await gallery.create_collection(new, MODEL)
    assert created == await gallery.collection("site-1")
    assert (
        NewCollection(
            created.id, created.name, created.description, created.metadata, created.quality
        )
        == new
    )
    assert created.model == MODEL
    with pytest.raises(AlreadyExists):
        await gallery.create_collection(new, None)


async def test_a_list_goes_on_where_its_page_ended(gallery: Gallery) -> None:
    """Pages follow each other in the order of ids, and the last one says so."""
    for name in ("a", "b", "c"):
        await gallery.create_collection(NewCollection(name, name), None)
    first = await gallery.collections(None, 2, None)
    second = await gallery.collections(first.after, 2, None)
    assert [item.id for item in first.items] == ["a", "b"]
    assert [item.id for item in second.items] == ["c", "default"]
    assert second.after is None


@pytest.mark.parametrize(
    ("granted", "seen"), [(None, ["a", "default"]), (("a", "gone"), ["a"]), ((), [])]
)
async def test_a_list_holds_what_was_granted(
    gallery: Gallery, granted: tuple[str, ...] | None, seen: list[str]
) -> None:
    """None grants all; a grant to what is not there shows nothing."""
    await gallery.create_collection(NewCollection("a", "A"), None)
    page = await gallery.collections(None, 10, granted)
    assert [item.id for item in page.items] == seen


@pytest.mark.parametrize(
    "changes",
    [{"name": "Gate"}, {"description": None}, {"metadata": {"x": [1]}}, {"quality": "off"}, {}],
)
async def test_a_change_changes_what_it_names(gallery: Gallery, changes: Mapping[str, Any]) -> None:
    """The other fields stay; absent is not null."""
    new = NewCollection("site", "Site", "Old", {"old": True}, "strict")
    before = await gallery.create_collection(new, None)
    after = await gallery.change_collection("site", changes)
    assert after == await gallery.collection("site")
    assert after.updated_at > before.updated_at
    told = {name: getattr(after, name) for name in ("name", "description", "metadata", "quality")}
    stayed = {name: getattr(before, name) for name in told}
    assert told == stayed | dict(changes)


async def test_what_is_not_a_callers_cannot_be_changed(gallery: Gallery) -> None:
    """Ids, counts and bindings are refused by name."""
    with pytest.raises(InvalidRequest, match="id cannot"):
        await gallery.change_collection("default", {"id": "mine"})


@pytest.mark.parametrize("force", [True, False])
async def test_an_empty_collection_can_be_deleted(gallery: Gallery, force: bool) -> None:
    """Afterwards it is not found, and deleting it again finds nothing either."""
    await gallery.create_collection(NewCollection("site", "Site"), MODEL)
    await gallery.delete_collection("site", force)
    with pytest.raises(NotFound):
        await gallery.collection("site")
    with pytest.raises(NotFound):
        await gallery.delete_collection("site", force)


async def test_a_collection_with_people_goes_only_by_force_and_whole(
    gallery: Gallery, pool: Pool
) -> None:
    """Nothing of it is left in any table, its table of vectors included."""
    await gallery.enrol("default", person("ada", *strangers(2)), MODEL)
    with pytest.raises(NotEmpty):
        await gallery.delete_collection("default", force=False)
    await gallery.delete_collection("default", force=True)
    left = await pool.fetchval(
        "SELECT (SELECT count(*) FROM collections) + (SELECT count(*) FROM identities)"
        " + (SELECT count(*) FROM faces)"
        " + (SELECT count(*) FROM pg_tables WHERE tablename LIKE 'templates%')"
    )
    assert left == 0


async def test_a_deleted_collection_takes_its_grants_along(
    gallery: Gallery, accounts: Accounts
) -> None:
    """Who might enter the old one may not enter a new one of the same name."""
    await gallery.create_collection(NewCollection("site", "Site"), None)
    await accounts.create("eva", "hash", "enroller", ("default", "site"))
    await gallery.delete_collection("site", force=False)
    assert (await accounts.account("eva")).collections == ("default",)


async def test_the_first_enrolments_at_once_bind_once(gallery: Gallery) -> None:
    """Every racer is enrolled, and the collection has one binding and true counts."""
    await asyncio.gather(
        *(
            gallery.enrol("default", person(f"p{number}", vector), MODEL)
            for number, vector in enumerate(strangers(8))
        )
    )
    collection = await gallery.collection("default")
    assert (collection.model, collection.identities, collection.faces) == (MODEL, 8, 8)


async def test_two_models_that_race_for_a_collection_leave_it_with_one(gallery: Gallery) -> None:
    """The loser is told of the mismatch."""
    outcomes = await asyncio.gather(
        gallery.enrol("default", person("ada", *strangers(1)), MODEL),
        gallery.enrol("default", person("bob", *strangers(1, dimension=64)), OTHER_MODEL),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in outcomes) == ["Identity", "ModelMismatch"]
    assert (await gallery.collection("default")).identities == 1


async def test_a_bound_collection_knows_one_model(gallery: Gallery) -> None:
    """Enrolling, adding faces, searching and verifying with another pack are all refused."""
    ada = await gallery.enrol("default", person("ada", *strangers(1)), MODEL)
    probe = strangers(1, dimension=64)[0]
    with pytest.raises(ModelMismatch):
        await gallery.enrol("default", person("bob", probe), OTHER_MODEL)
    with pytest.raises(ModelMismatch):
        await gallery.add_faces("default", ada.id, person("ada", probe).templates, OTHER_MODEL)
    with pytest.raises(ModelMismatch):
        await gallery.search(search(probe, model=OTHER_MODEL))
    with pytest.raises(ModelMismatch):
        await gallery.verify(verification(ada.id, probe, OTHER_MODEL))


async def test_binding_and_dropping_wait_for_no_other_collection(
    gallery: Gallery, pool: Pool
) -> None:
    """While one tenant's transaction holds its rows, another's collection comes and goes."""
    ada = await gallery.enrol("default", person("ada", *strangers(1)), MODEL)
    async with pool.acquire() as held, held.transaction():
        await held.execute("DELETE FROM faces WHERE identity_id = $1", ada.id)
        await gallery.create_collection(NewCollection("site", "Site"), None)
        await gallery.enrol("site", person("bob", *strangers(1)), MODEL)
        await gallery.delete_collection("site", force=True)


async def test_a_large_collection_goes_within_a_statements_time(
    gallery: Gallery, pool: Pool
) -> None:
    """Its vectors are dropped as a table, not row by row."""
    await gallery.create_collection(NewCollection("site", "Site"), MODEL)
    await crowd(pool, strangers(2_000), collection="site")
    await gallery.delete_collection("site", force=True)
    assert (await gallery.collections(None, 10, None)).items[0].id == "default"


async def test_the_database_is_pinged(gallery: Gallery) -> None:
    """Readiness rests on it."""
    await gallery.ping()
