"""Collections: create, list, read, change, delete."""

from typing import Annotated

from fastapi import Query

from deployments.errors import ModelMismatch, NotFound, ValidationFailed
from deployments.messages.embedder import ModelCard
from deployments.messages.gallery import LivenessPolicy, NewCollection
from deployments.policies.built_in import built_in
from deployments.web.call import Call, Current
from deployments.web.parameters import CollectionId, Paging
from deployments.web.photos import binding
from deployments.web.routing import router
from deployments.web.schemas.base import changes
from deployments.web.schemas.collections import (
    CollectionChanges,
    CollectionIn,
    CollectionList,
    CollectionOut,
    DeleteOptions,
)

LISTING = "collections"

routes = router("collections")


@routes.post("/v1/collections", status_code=201)
async def create_collection(call: Current, body: CollectionIn) -> CollectionOut:
    """Create a collection, bound to the pack that is serving."""
    card = await call.services.embedder.card(budget=call.budget)
    _require_liveness_model(body.liveness, card)
    if body.policy is not None:
        await _require_policy(call, body.policy, card)
    new = NewCollection(
        body.id,
        body.name,
        body.description,
        body.metadata,
        body.quality,
        body.liveness,
        body.policy,
    )
    model = binding(card.model)
    with call.stages.measure("write"):
        created = await call.services.matcher.create_collection(new, model, budget=call.budget)
    return CollectionOut.of(created)


@routes.get("/v1/collections")
async def list_collections(call: Current, paging: Paging) -> CollectionList:
    """List the collections the caller may know of, by id."""
    cursors, granted = call.services.cursors, call.principal.granted
    after = cursors.open(LISTING, paging.cursor)
    page = await call.services.matcher.collections(after, paging.limit, granted, budget=call.budget)
    items = [CollectionOut.of(collection) for collection in page.items]
    return CollectionList(items=items, next_cursor=cursors.seal(LISTING, page.after))


@routes.get("/v1/collections/{collection}")
async def read_collection(call: Current, collection: CollectionId) -> CollectionOut:
    """Read a collection with its counts and the pack it is bound to."""
    found = await call.services.matcher.collection(collection, budget=call.budget)
    return CollectionOut.of(found)


@routes.patch("/v1/collections/{collection}")
async def change_collection(
    call: Current, collection: CollectionId, body: CollectionChanges
) -> CollectionOut:
    """Change what the body names of a collection."""
    named = changes(body)
    if named.get("liveness", "off") != "off" or named.get("policy") is not None:
        card = await call.services.embedder.card(budget=call.budget)
        _require_liveness_model(body.liveness, card)
        if body.policy is not None:
            await _require_policy(call, body.policy, card)
    with call.stages.measure("write"):
        changed = await call.services.matcher.change_collection(
            collection, named, budget=call.budget
        )
    return CollectionOut.of(changed)


@routes.delete("/v1/collections/{collection}", status_code=204)
async def delete_collection(
    call: Current, collection: CollectionId, options: Annotated[DeleteOptions, Query()]
) -> None:
    """Delete a collection; one that holds identities only with `force`."""
    with call.stages.measure("write"):
        await call.services.matcher.delete_collection(collection, options.force, budget=call.budget)


async def _require_policy(call: Call, name: str, card: ModelCard) -> None:
    """Refuse a policy that is not there, or that decides nothing here.

    Raises ValidationFailed, and ModelMismatch for one of another pack or pipeline.
    """
    if name in built_in(card.model):
        return
    try:
        policy = await call.services.policies.policy(name)
    except NotFound as error:
        detail = f"There is no policy {name}."
        raise ValidationFailed(detail, (("policy", "unknown_policy", detail),)) from error
    if not policy.is_of(card.model):
        raise ModelMismatch(f"The policy {name} speaks of another pack or pipeline.")


def _require_liveness_model(policy: LivenessPolicy, card: ModelCard) -> None:
    """Refuse a policy that nothing here could follow; raises ValidationFailed."""
    if policy != "off" and card.liveness is None:
        detail = f"No liveness model is loaded, so a collection cannot {policy} it."
        raise ValidationFailed(detail, (("liveness", "no_liveness_model", detail),))
