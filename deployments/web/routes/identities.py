"""Identities: enrol, list, read, change, erase."""

from typing import Any

from starlette.requests import Request

from deployments.messages.gallery import Identity, NewIdentity
from deployments.web.call import Current
from deployments.web.enrolment import MOST_IMAGES, Photos, consented, judge
from deployments.web.openapi import form_upload
from deployments.web.parameters import CollectionId, IdentityId, Paging
from deployments.web.photos import binding
from deployments.web.problem import rejections
from deployments.web.routing import router
from deployments.web.schemas.base import changes
from deployments.web.schemas.identities import (
    Enrolment,
    EnrolmentFields,
    IdentityChanges,
    IdentityList,
    IdentityOut,
    Receipt,
    RejectedImage,
)
from deployments.web.uploads import read_form

routes = router("identities")


@routes.post(
    "/v1/collections/{collection}/identities",
    status_code=201,
    openapi_extra=form_upload(EnrolmentFields, several="images", most=MOST_IMAGES),
)
async def enrol(request: Request, call: Current, collection: CollectionId) -> Enrolment:
    """Enrol a person with their consent, from one face a photo."""
    gallery = await call.services.matcher.collection(collection, budget=call.budget)
    upload = await read_form(request, {"images"}, call.services.settings.max_image_bytes)
    fields = consented(upload)
    photos = await judge(call, upload.several("images", MOST_IMAGES), gallery)
    person, model = _person(fields, photos), binding(photos.model)
    with call.stages.measure("write"):
        enrolled = await call.services.matcher.enrol(collection, person, model, budget=call.budget)
    return _enrolled(enrolled, photos)


def _person(fields: EnrolmentFields, photos: Photos) -> NewIdentity:
    return NewIdentity(
        external_id=fields.external_id,
        display_name=fields.display_name,
        metadata=fields.metadata,
        consent=fields.consent.message(),
        templates=photos.templates,
    )


def _enrolled(identity: Identity, photos: Photos) -> Enrolment:
    person = IdentityOut.model_validate(identity)
    return Enrolment(
        **dict(person),
        rejected_images=[RejectedImage(**each) for each in rejections(photos.rejected)],
    )


@routes.get("/v1/collections/{collection}/identities")
async def list_identities(call: Current, collection: CollectionId, paging: Paging) -> IdentityList:
    """List the people of a collection."""
    cursors, listing = call.services.cursors, f"{collection}/identities"
    after = cursors.open(listing, paging.cursor)
    page = await call.services.matcher.identities(
        collection, after, paging.limit, budget=call.budget
    )
    items = [IdentityOut.model_validate(identity) for identity in page.items]
    return IdentityList(items=items, next_cursor=cursors.seal(listing, page.after))


@routes.get("/v1/collections/{collection}/identities/{identity}")
async def read_identity(
    call: Current, collection: CollectionId, identity: IdentityId
) -> IdentityOut:
    """Read one person."""
    found = await call.services.matcher.identity(collection, identity, budget=call.budget)
    return IdentityOut.model_validate(found)


@routes.patch("/v1/collections/{collection}/identities/{identity}")
async def change_identity(
    call: Current, collection: CollectionId, identity: IdentityId, body: IdentityChanges
) -> IdentityOut:
    """Change what the body names of a person; the vectors stay untouched."""
    named: dict[str, Any] = dict(changes(body))
    if "consent" in named:
        named["consent"] = body.consent.message()
    with call.stages.measure("write"):
        changed = await call.services.matcher.change_identity(
            collection, identity, named, budget=call.budget
        )
    return IdentityOut.model_validate(changed)


@routes.delete("/v1/collections/{collection}/identities/{identity}/attempts", status_code=204)
async def forget_attempts(call: Current, collection: CollectionId, identity: IdentityId) -> None:
    """Forget the failed verifications of a person, so that they can be tried again."""
    with call.stages.measure("write"):
        await call.services.matcher.forget_attempts(collection, identity, budget=call.budget)
    call.services.blocked.forget(collection, identity)


@routes.delete("/v1/collections/{collection}/identities/{identity}")
async def erase_identity(call: Current, collection: CollectionId, identity: IdentityId) -> Receipt:
    """Erase a person, and answer with the receipt of a search that no longer finds them."""
    with call.stages.measure("write"):
        erasure = await call.services.matcher.erase(collection, identity, budget=call.budget)
    return Receipt.of(erasure)
