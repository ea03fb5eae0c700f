"""Faces without a gallery: detect, embed, compare."""

import numpy as np
from starlette.requests import Request

from deployments.decision import decide_verification
from deployments.messages.embedder import Analysis, Embed, Photo
from deployments.messages.matcher import Wanted
from deployments.policies.rulings import Case
from deployments.web import metering
from deployments.web.call import Call, Current
from deployments.web.charges import charge_photos
from deployments.web.openapi import form_upload, photo_upload
from deployments.web.photos import (
    analyse,
    both,
    largest,
    one_model,
    similarity_shown,
    vector_of,
)
from deployments.web.routing import router
from deployments.web.schemas.base import FaceOut, ModelOut
from deployments.web.schemas.faces import (
    CompareOptions,
    Comparison,
    Detection,
    DetectOptions,
    EmbeddedFace,
    Embedding,
    ImageSize,
)
from deployments.web.uploads import read_form, read_photo
from deployments.web.wanted import told, wanted

SIDES = ("source", "target")

routes = router("faces")


@routes.post("/v1/faces/detect", openapi_extra=photo_upload(DetectOptions))
async def detect(request: Request, call: Current) -> Detection:
    """Find the faces of an image, largest first; none is an empty list."""
    analysis = await _analyse_upload(request, call, "none")
    return Detection(
        image=ImageSize(width=analysis.width, height=analysis.height),
        faces=[FaceOut.model_validate(face) for face in analysis.faces],
        model=ModelOut.model_validate(analysis.model),
    )


@routes.post("/v1/faces/embed", openapi_extra=photo_upload(DetectOptions))
async def embed(request: Request, call: Current) -> Embedding:
    """Find the faces of an image with a vector of unit length each."""
    analysis = await _analyse_upload(request, call, "all")
    return Embedding(
        image=ImageSize(width=analysis.width, height=analysis.height),
        faces=[
            EmbeddedFace(
                **FaceOut.model_validate(face).model_dump(), embedding=vector_of(face).tolist()
            )
            for face in analysis.faces
        ],
        model=ModelOut.model_validate(analysis.model),
    )


async def _analyse_upload(request: Request, call: Call, wanted: Embed) -> Analysis:
    upload = await read_photo(request, call.services.settings.max_image_bytes)
    options = upload.options(DetectOptions)
    photo = Photo(upload.image("image"), max_faces=options.max_faces, embed=wanted)
    return await analyse(call, photo)


@routes.post("/v1/faces/compare", openapi_extra=form_upload(CompareOptions, *SIDES))
async def compare(request: Request, call: Current) -> Comparison:
    """Compare the largest faces of two images 1:1."""
    upload = await read_form(request, set(SIDES), call.services.settings.max_image_bytes)
    options = upload.options(CompareOptions)
    asked = wanted(call, options)
    photos = [Photo(upload.image(name), max_faces=1, embed="largest") for name in SIDES]
    await charge_photos(call, len(photos))
    source, target = await both(*(analyse(call, photo) for photo in photos))
    # A copy as old as lets somebody in without the database is good enough to decide by as well.
    oldest = call.services.oldest_copy
    await call.services.book.bring_up_to_date(asked, collection=False, oldest=oldest)
    return _compared(call, asked, source, target)


def _compared(call: Call, asked: Wanted, source: Analysis, target: Analysis) -> Comparison:
    model = one_model((source, target))
    faces = largest(source, "source"), largest(target, "target")
    similarity = float(np.clip(np.dot(vector_of(faces[0]), vector_of(faces[1])), -1, 1))
    ruling = call.services.book.rule(asked, Case("verify", model))
    decision = decide_verification(similarity, ruling.threshold)
    metering.decided(call, "compare", decision, ruling.policy, similarity)
    return Comparison(
        decision=decision,
        similarity=similarity_shown(call)(similarity),
        **told(ruling),
        model=ModelOut.model_validate(model),
        source_face=FaceOut.model_validate(faces[0]),
        target_face=FaceOut.model_validate(faces[1]),
    )
