"""Who is it: 1:N against a collection, and 1:1 against one of its identities."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np
from starlette.requests import Request

from deployments.messages.embedder import Analysis, Face, Photo
from deployments.messages.matcher import Ruling, Search, SearchResult, Verdict, Verification, Wanted
from deployments.web import metering
from deployments.web.call import Call, Current
from deployments.web.charges import charge_photos
from deployments.web.openapi import photo_upload
from deployments.web.parameters import CollectionId, IdentityId
from deployments.web.photos import (
    analyse,
    largest,
    similarity_shown,
    vector_of,
)
from deployments.web.routing import router
from deployments.web.schemas.base import FaceOut, ModelOut, QualityOut
from deployments.web.schemas.faces import (
    CompareOptions,
    Identification,
    IdentifiedFace,
    IdentifyOptions,
    MatchOut,
    VerificationOut,
)
from deployments.web.uploads import Upload, read_photo
from deployments.web.wanted import told, wanted

routes = router("recognition")


@routes.post("/v1/collections/{collection}/identify", openapi_extra=photo_upload(IdentifyOptions))
async def identify(request: Request, call: Current, collection: CollectionId) -> Identification:
    """Search a collection for the largest face of an image, or for every face."""
    upload = await read_photo(request, call.services.settings.max_image_bytes)
    options = upload.options(IdentifyOptions)
    asked = wanted(call, options)
    analysis = await analyse(call, _probe(upload, options))
    largest(analysis)
    # Each face is searched for like a photo of its own.
    await charge_photos(call, len(analysis.faces))
    search = _search(collection, analysis, options.limit, asked)
    result = await call.services.matcher.identify(search, budget=call.budget)
    call.stages.add(result.stages)
    _count(call, result)
    return _identified(call, analysis, result)


def _probe(upload: Upload, options: IdentifyOptions) -> Photo:
    image = upload.image("image")
    if options.faces == "all":
        return Photo(image, embed="all", liveness=True)
    return _single(image)


def _single(image: bytes) -> Photo:
    # The matcher reads the collection's policy; asking it first would cost a call a request.
    return Photo(image, max_faces=1, embed="largest", liveness=True)


def _search(collection: str, analysis: Analysis, limit: int, asked: Wanted) -> Search:
    vectors = np.stack([vector_of(face) for face in analysis.faces])
    live = tuple(face.live for face in analysis.faces)
    return Search(collection, vectors, analysis.model, limit, asked, live)


def _count(call: Call, result: SearchResult) -> None:
    policy = result.ruling.policy
    for verdict in result.verdicts:
        metering.decided(call, "identify", verdict.decision, policy, verdict.nearest)


def _identified(call: Call, analysis: Analysis, result: SearchResult) -> Identification:
    found: Sequence[tuple[Face, Verdict]] = list(zip(analysis.faces, result.verdicts, strict=True))
    return Identification(
        faces=[_face(call, face, verdict, result.ruling) for face, verdict in found],
        gallery_size=result.gallery_size,
        policy=result.ruling.policy,
        model=ModelOut.model_validate(analysis.model),
    )


def _face(call: Call, face: Face, verdict: Verdict, ruling: Ruling) -> IdentifiedFace:
    shown = similarity_shown(call)
    return IdentifiedFace(
        bbox=face.bbox,
        quality=QualityOut.model_validate(face.quality),
        decision=verdict.decision,
        **told(ruling),
        target_fpir=ruling.target_fpir,
        liveness=verdict.liveness,
        matches=[
            MatchOut(
                identity_id=match.identity_id,
                external_id=match.external_id,
                display_name=match.display_name,
                similarity=shown(match.similarity),
                face_id=match.face_id,
            )
            for match in verdict.matches
        ],
    )


@routes.post(
    "/v1/collections/{collection}/identities/{identity}/verify",
    openapi_extra=photo_upload(CompareOptions),
)
async def verify(
    request: Request, call: Current, collection: CollectionId, identity: IdentityId
) -> VerificationOut:
    """Compare the largest face of an image with one identity."""
    with call.services.blocked.attempt(collection, identity):
        return await _verify(request, call, collection, identity)


async def _verify(request: Request, call: Call, collection: str, identity: UUID) -> VerificationOut:
    upload = await read_photo(request, call.services.settings.max_image_bytes)
    asked = wanted(call, upload.options(CompareOptions))
    analysis = await analyse(call, _single(upload.image("image")))
    face, model = largest(analysis), analysis.model
    claim = Verification(collection, identity, vector_of(face), model, asked, face.live)
    result = await call.services.matcher.verify(claim, budget=call.budget)
    call.stages.add(result.stages)
    policy = result.ruling.policy
    metering.decided(call, "verify", result.decision, policy, result.similarity)
    return VerificationOut(
        decision=result.decision,
        similarity=similarity_shown(call)(result.similarity),
        **told(result.ruling),
        model=ModelOut.model_validate(model),
        face=FaceOut.model_validate(face),
        liveness=result.liveness,
    )
