"""The photos of an enrolment: which can be used, and why the others cannot."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from deployments.decision import judge_presentation
from deployments.errors import (
    AllImagesRejected,
    ConsentExpired,
    ConsentRequired,
    FacegraphError,
    LowQuality,
    MultipleFaces,
    PresentationAttack,
)
from deployments.messages.embedder import Analysis, Model, Photo
from deployments.messages.gallery import Collection, Template
from deployments.web import metering
from deployments.web.call import Call
from deployments.web.charges import charge_photos
from deployments.web.photos import UNUSABLE, analyse, largest, one_model, vector_of
from deployments.web.schemas.identities import EnrolmentFields
from deployments.web.uploads import Upload

MOST_IMAGES = 20
AT_ONCE = 4  # One enrolment must not fill the embedder's queue by itself.

REJECTIONS = (*UNUSABLE, PresentationAttack)
"""The errors that are the photo's own; any other fails the whole enrolment."""


@dataclass(frozen=True, slots=True)
class Photos:
    """The templates of the photos that can be used, and the error of each other by position."""

    model: Model
    templates: tuple[Template, ...]
    rejected: tuple[tuple[int, FacegraphError], ...]


def consented(upload: Upload) -> EnrolmentFields:
    """Return the fields of an enrolment; raises ConsentRequired and ConsentExpired."""
    if not any(name == "consent" for name, _ in upload.fields):
        raise ConsentRequired("The field consent is missing.")
    fields = upload.options(EnrolmentFields)
    expires_at = fields.consent.expires_at
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise ConsentExpired("The consent has expired.")
    return fields


async def judge(call: Call, images: list[bytes], gallery: Collection) -> Photos:
    """Count the photos and analyse them side by side.

    Quality gate and liveness policy are the collection's. Raises AllImagesRejected where none can
    be used, and RateLimited.
    """
    await charge_photos(call, len(images))
    turns = asyncio.Semaphore(AT_ONCE)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_judge_one(call, data, gallery, turns)) for data in images]
    except ExceptionGroup as errors:
        # The first that no photo is to blame for; the tasks beside it were ended.
        raise errors.exceptions[0] from None
    return _sorted_out([task.result() for task in tasks])


async def _judge_one(
    call: Call, data: bytes, gallery: Collection, turns: asyncio.Semaphore
) -> Analysis | FacegraphError:
    checked = gallery.liveness != "off"
    photo = Photo(data, max_faces=2, embed="largest", gate=gallery.quality, liveness=checked)
    async with turns:
        try:
            analysis = await analyse(call, photo, _check)
            judge_presentation(gallery.liveness, analysis.faces[0].live)
        except REJECTIONS as rejection:
            metering.not_enrolled(rejection)
            return rejection
        return analysis


def _check(analysis: Analysis) -> None:
    quality = largest(analysis).quality
    if len(analysis.faces) > 1:
        raise MultipleFaces("The image shows more than one face.")
    if quality.reasons:
        refused = f"The face does not pass the gate: {', '.join(quality.reasons)}."
        raise LowQuality(f"{refused} {quality.hint}", quality.reasons)


def _sorted_out(outcomes: list[Analysis | FacegraphError]) -> Photos:
    accepted = [outcome for outcome in outcomes if isinstance(outcome, Analysis)]
    rejected = tuple(
        (index, outcome)
        for index, outcome in enumerate(outcomes)
        if isinstance(outcome, FacegraphError)
    )
    if not accepted:
        raise AllImagesRejected("No image could be used.", rejected)
    faces = [analysis.faces[0] for analysis in accepted]
    templates = tuple(Template(vector_of(face), face.quality) for face in faces)
    return Photos(one_model(accepted), templates, rejected)
