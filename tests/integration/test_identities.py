"""Identities: enrolled whole or not at all, changed without touching vectors, erased completely."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from db.gallery import Gallery
from db.pool import Pool
from deployments.errors import (
    ConsentExpired,
    InvalidCursor,
    InvalidRequest,
    NotFound,
    ValidationFailed,
)
from deployments.messages.gallery import Consent, NewCollection
from tests.integration.people import (
    MODEL,
    QUALITY,
    TOMORROW,
    YESTERDAY,
    like,
    person,
    search,
    strangers,
    templates,
    verification,
)

NOBODY = uuid7()
RENEWED = Consent("form-2", "access", YESTERDAY, TOMORROW)
OVER = Consent("form-1", "access", YESTERDAY, YESTERDAY)


async def test_what_was_enrolled_is_what_is_read(gallery: Gallery) -> None:
    """Every field comes back with a face a template, and ids grow with time."""
    new = person("ada", *strangers(2), expires_at=TOMORROW)
    ada = await gallery.enrol("default", new, MODEL)
    assert ada == await gallery.identity("default", ada.id)
    assert (ada.external_id, ada.display_name, ada.metadata) == ("ada", "Ada", {"badge": 7})
    assert ada.consent == new.consent
    assert [face.quality for face in ada.faces] == [QUALITY, QUALITY]
    assert ada.id.version == ada.faces[0].id.version == 7
    assert ada.faces[0].id < ada.faces[1].id


async def test_one_of_many_who_enrol_the_same_person_wins(gallery: Gallery) -> None:
    """The others are told, and nothing of theirs is stored."""
    outcomes = await asyncio.gather(
        *(gallery.enrol("default", person("ada", each), MODEL) for each in strangers(6)),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in outcomes) == ["AlreadyExists"] * 5 + ["Identity"]
    collection = await gallery.collection("default")
    assert (collection.identities, collection.faces) == (1, 1)


async def test_the_same_external_id_is_another_person_elsewhere(gallery: Gallery) -> None:
    """External ids are taken within a collection, and a person is found only in theirs."""
    await gallery.create_collection(NewCollection("site", "Site"), None)
    here = await gallery.enrol("default", person("ada", *strangers(1)), MODEL)
    there = await gallery.enrol("site", person("ada", *strangers(1)), MODEL)
    assert here.id != there.id
    with pytest.raises(NotFound):
        await gallery.identity("default", there.id)


async def test_a_refused_enrolment_leaves_nothing(gallery: Gallery) -> None:
    """Not even the binding of the collection that it would have been the first of."""
    with pytest.raises(ValidationFailed):
        await gallery.enrol("default", person("a\0da", *strangers(1)), MODEL)
    collection = await gallery.collection("default")
    assert (collection.identities, collection.faces, collection.model) == (0, 0, None)


async def test_nobody_is_enrolled_on_a_consent_that_is_over(gallery: Gallery) -> None:
    """Neither as a new person nor with another face."""
    with pytest.raises(ConsentExpired):
        await gallery.enrol("default", person("ada", *strangers(1), expires_at=YESTERDAY), MODEL)
    ada = await gallery.enrol("default", person("ada", *strangers(1)), MODEL)
    await gallery.change_identity("default", ada.id, {"consent": OVER})
    with pytest.raises(ConsentExpired):
        await gallery.add_faces("default", ada.id, templates(*strangers(1)), MODEL)


async def test_a_list_goes_on_where_its_page_ended(gallery: Gallery) -> None:
    """People come in the order of their enrolment, each with their own faces."""
    for number, name in enumerate(("cy", "ada", "bob"), start=1):
        await gallery.enrol("default", person(name, *strangers(number, seed=number)), MODEL)
    first = await gallery.identities("default", None, 2)
    second = await gallery.identities("default", first.after, 2)
    assert [item.external_id for item in first.items + second.items] == ["cy", "ada", "bob"]
    assert [len(item.faces) for item in first.items + second.items] == [1, 2, 3]
    assert second.after is None


async def test_a_cursor_of_another_list_is_refused(gallery: Gallery) -> None:
    """A place in a list of people is an id of one."""
    with pytest.raises(InvalidCursor):
        await gallery.identities("default", "ada", 2)


@pytest.mark.parametrize(
    "changes", [{"display_name": None}, {"metadata": {}}, {"consent": RENEWED}, {}]
)
async def test_a_change_changes_what_it_names_and_no_vector(
    gallery: Gallery, pool: Pool, changes: Mapping[str, Any]
) -> None:
    """The row of the vector is the very same afterwards, so the index has no work."""
    ada = await gallery.enrol("default", person("ada", *strangers(2)), MODEL)
    where = "SELECT array_agg((ctid, xmin)::text) FROM templates_1"
    before = await pool.fetchval(where)
    after = await gallery.change_identity("default", ada.id, changes)
    assert await pool.fetchval(where) == before
    assert after == await gallery.identity("default", ada.id)
    told = {name: getattr(after, name) for name in ("display_name", "metadata", "consent")}
    assert told == {name: getattr(ada, name) for name in told} | dict(changes)
    assert after.faces == ada.faces


async def test_an_external_id_cannot_be_changed(gallery: Gallery) -> None:
    """It is what the caller's own records know the person by."""
    ada = await gallery.enrol("default", person("ada", *strangers(1)), MODEL)
    with pytest.raises(InvalidRequest, match="external_id"):
        await gallery.change_identity("default", ada.id, {"external_id": "eve"})


async def test_faces_are_added_listed_and_deleted(gallery: Gallery) -> None:
    """The counts follow, and a deleted face is not compared any more."""
    first, second = strangers(2)
    ada = await gallery.enrol("default", person("ada", first), MODEL)
    (added,) = await gallery.add_faces("default", ada.id, templates(second), MODEL)
    page = await gallery.faces("default", ada.id, None, 1)
    assert page.items == ada.faces
    assert (await gallery.faces("default", ada.id, page.after, 1)).items == (added,)
    assert (await gallery.collection("default")).faces == 2
    await gallery.delete_face("default", ada.id, added.id)
    assert (await gallery.collection("default")).faces == 1
    assert (await gallery.verify(verification(ada.id, second))).decision == "no_match"


async def test_without_faces_a_person_stays_and_matches_nothing(gallery: Gallery) -> None:
    """The last face may be deleted; there is then nothing to verify against."""
    (probe,) = strangers(1)
    ada = await gallery.enrol("default", person("ada", probe), MODEL)
    await gallery.delete_face("default", ada.id, ada.faces[0].id)
    assert (await gallery.identity("default", ada.id)).faces == ()
    assert (await gallery.search(search(probe))).verdicts[0].decision == "no_match"
    with pytest.raises(NotFound, match="no face"):
        await gallery.verify(verification(ada.id, probe))


CALLS: dict[str, Callable[[Gallery, str], Awaitable[object]]] = {
    "identity": lambda gallery, name: gallery.identity(name, NOBODY),
    "change": lambda gallery, name: gallery.change_identity(name, NOBODY, {}),
    "erase": lambda gallery, name: gallery.erase(name, NOBODY),
    "faces": lambda gallery, name: gallery.faces(name, NOBODY, None, 5),
    "add_faces": lambda gallery, name: gallery.add_faces(
        name, NOBODY, templates(*strangers(1)), MODEL
    ),
    "delete_face": lambda gallery, name: gallery.delete_face(name, NOBODY, NOBODY),
}


@pytest.mark.parametrize("collection", ["default", "bound", "missing"])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_nobody_is_found_where_nobody_is(
    gallery: Gallery, collection: str, call: Callable[[Gallery, str], Awaitable[object]]
) -> None:
    """In a free collection, in a bound one, and in one that does not exist."""
    await gallery.create_collection(NewCollection("bound", "Bound"), MODEL)
    with pytest.raises(NotFound):
        await call(gallery, collection)


async def test_a_person_without_templates_can_be_enrolled(gallery: Gallery) -> None:
    """Their faces may come later."""
    ada = await gallery.enrol("default", person("ada"), MODEL)
    (probe,) = strangers(1)
    await gallery.add_faces("default", ada.id, templates(probe), MODEL)
    verdict = (await gallery.search(search(like(probe, 0.8)))).verdicts[0]
    assert verdict.matches[0].external_id == "ada"
