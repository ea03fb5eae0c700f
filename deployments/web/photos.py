"""From encoded images to faces: the calls of the embedder that the routes share."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from deployments.errors import (
    ImageTooLarge,
    LowQuality,
    MultipleFaces,
    NoFace,
    Unavailable,
    UndecodableImage,
    UnsupportedMediaType,
)
from deployments.messages.embedder import Analysis, Face, Model, Photo, Vector
from deployments.messages.gallery import ModelBinding
from deployments.web import metering
from deployments.web.call import Call

UNUSABLE = (
    ImageTooLarge,
    LowQuality,
    MultipleFaces,
    NoFace,
    UndecodableImage,
    UnsupportedMediaType,
)
"""The errors that are the photo's own: no template can be made of it."""

First = TypeVar("First")
Second = TypeVar("Second")


def no_more(analysis: Analysis) -> None:
    """Ask no more of a photo than that it can be analysed."""
    del analysis


async def analyse(
    call: Call, photo: Photo, check: Callable[[Analysis], None] = no_more
) -> Analysis:
    """Have one photo analysed, and count it by its source; `check` raises what else is wrong."""
    try:
        analysis = await _analysed(call, photo)
        check(analysis)
    except UNUSABLE as fault:
        metering.not_acquired(call.counted_source(), fault)
        raise
    outcome = metering.ACQUIRED if analysis.faces else metering.NO_FACE
    metering.acquired(call.counted_source(), outcome)
    return analysis


async def _analysed(call: Call, photo: Photo) -> Analysis:
    """Count the stages of a photo, and note what the liveness check saw."""
    photo = replace(photo, flow=call.flow)
    call.findings.sent(photo.data)
    analysis = await call.services.embedder.analyse(photo, budget=call.budget)
    call.worked()
    call.stages.add(analysis.stages)
    metering.analysed(call, analysis)
    call.saw([face.live for face in analysis.faces])
    return analysis


async def both(first: Awaitable[First], second: Awaitable[Second]) -> tuple[First, Second]:
    """Await two at once; the first error ends the other and is the one that is raised."""
    tasks = asyncio.ensure_future(first), asyncio.ensure_future(second)
    try:
        return await tasks[0], await tasks[1]
    finally:
        for task in tasks:
            task.cancel()


def largest(analysis: Analysis, name: str = "image") -> Face:
    """Return the largest face; raises NoFace."""
    if not analysis.faces:
        raise NoFace(f"The {name} shows no face.")
    return analysis.faces[0]


def vector_of(face: Face) -> Vector:
    """Return the vector of a face that was analysed for one."""
    if face.vector is None:
        raise LookupError("the embedder sent a face without the vector it was asked for")
    return face.vector


def one_model(analyses: Iterable[Analysis]) -> Model:
    """Return the model behind all of them; while a pack is being rolled out there may be two."""
    first, *others = (analysis.model for analysis in analyses)
    made_by = (first.digest, first.pipeline)
    if any((other.digest, other.pipeline) != made_by for other in others):
        raise Unavailable("The model is being replaced.")
    return first


def binding(model: Model) -> ModelBinding:
    """Return what a collection remembers of a model."""
    return ModelBinding(model.pack, model.digest, model.dimension, model.pipeline)


def similarity_shown(call: Call) -> Callable[[float], float]:
    """Return how this caller sees a similarity: to two decimals without the scope `scores`.

    The unrounded value would let a caller climb towards somebody's face, photo by photo.
    """
    if call.principal.holds("scores"):
        return float
    return lambda similarity: round(similarity, 2)
