"""The faces of an identity: add, list, delete."""

from starlette.requests import Request

from deployments.web.call import Current
from deployments.web.enrolment import MOST_IMAGES, judge
from deployments.web.openapi import form_upload
from deployments.web.parameters import CollectionId, FaceId, IdentityId, Paging
from deployments.web.photos import binding
from deployments.web.problem import rejections
from deployments.web.routing import router
from deployments.web.schemas.base import EnrolledFaceOut
from deployments.web.schemas.identities import AddedFaces, FaceList, FacesFields, RejectedImage
from deployments.web.uploads import read_form

FACES = "/v1/collections/{collection}/identities/{identity}/faces"

routes = router("identities")


@routes.post(
    FACES,
    status_code=201,
    openapi_extra=form_upload(FacesFields, several="images", most=MOST_IMAGES),
)
async def add_faces(
    request: Request, call: Current, collection: CollectionId, identity: IdentityId
) -> AddedFaces:
    """Add further faces to a person, from one face a photo."""
    matcher, settings = call.services.matcher, call.services.settings
    gallery = await matcher.collection(collection, budget=call.budget)
    await matcher.identity(collection, identity, budget=call.budget)
    upload = await read_form(request, {"images"}, settings.max_image_bytes)
    upload.options(FacesFields)
    photos = await judge(call, upload.several("images", MOST_IMAGES), gallery)
    model = binding(photos.model)
    with call.stages.measure("write"):
        faces = await matcher.add_faces(
            collection, identity, photos.templates, model, budget=call.budget
        )
    return AddedFaces(
        faces=[EnrolledFaceOut.model_validate(face) for face in faces],
        rejected_images=[RejectedImage(**each) for each in rejections(photos.rejected)],
    )


@routes.get(FACES)
async def list_faces(
    call: Current, collection: CollectionId, identity: IdentityId, paging: Paging
) -> FaceList:
    """List the faces of a person."""
    cursors, listing = call.services.cursors, f"{collection}/{identity}/faces"
    after = cursors.open(listing, paging.cursor)
    page = await call.services.matcher.faces(
        collection, identity, after, paging.limit, budget=call.budget
    )
    items = [EnrolledFaceOut.model_validate(face) for face in page.items]
    return FaceList(items=items, next_cursor=cursors.seal(listing, page.after))


@routes.delete(f"{FACES}/{{face}}", status_code=204)
async def delete_face(
    call: Current, collection: CollectionId, identity: IdentityId, face: FaceId
) -> None:
    """Delete one face and its vector; the person stays, even without any."""
    with call.stages.measure("write"):
        await call.services.matcher.delete_face(collection, identity, face, budget=call.budget)
