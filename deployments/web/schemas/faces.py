"""Detect, embed, compare, verify, identify."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from deployments.messages.embedder import Box
from deployments.messages.matcher import Decision, Presentation
from deployments.web.schemas.base import (
    FaceOut,
    Id,
    ModelOut,
    QualityOut,
    Rate,
    Received,
    Sent,
    Threshold,
)


class DetectOptions(Received):
    """Options of detect and embed."""

    max_faces: int = Field(100, ge=1, le=100)


class DecisionOptions(Received):
    """By what it is decided, by one at most.

    By none: by the collection's policy where it is of this kind, or else by `provisional`.
    """

    threshold: Threshold | None = None
    policy: Id | None = None


class CompareOptions(DecisionOptions):
    """Options of compare and verify."""

    target_fmr: Rate | None = None


class IdentifyOptions(DecisionOptions):
    """Options of identify."""

    target_fpir: Rate | None = None
    limit: int = Field(5, ge=1, le=50)
    faces: Literal["largest", "all"] = "largest"


class ImageSize(Sent):
    """The upright image in pixels."""

    width: int
    height: int


class Detection(Sent):
    """The faces of an image, largest first."""

    image: ImageSize
    faces: list[FaceOut]
    model: ModelOut


class EmbeddedFace(FaceOut):
    """A face and its vector of unit length."""

    embedding: list[float]


class Embedding(Sent):
    """The faces of an image with their vectors."""

    image: ImageSize
    faces: list[EmbeddedFace]
    model: ModelOut


class RulingOut(Sent):
    """What decided; `policy` is null where the caller gave the threshold.

    `fmr_upper_bound` is the upper end of the 95 % interval of the FMR measured at the threshold,
    and `supported` whether there are such data.
    """

    threshold: float
    policy: str | None
    target_fmr: float | None
    fmr_upper_bound: float | None
    supported: bool


class Decided(RulingOut):
    """A decision 1:1 and what it rests on."""

    decision: Decision
    similarity: float
    model: ModelOut


class Comparison(Decided):
    """Two photos 1:1."""

    source_face: FaceOut
    target_face: FaceOut


class VerificationOut(Decided):
    """One photo against one identity; `liveness` is null where the collection does not look."""

    face: FaceOut
    liveness: Presentation | None


class MatchOut(Sent):
    """One candidate: an identity by its most similar face."""

    identity_id: UUID
    external_id: str
    display_name: str | None
    similarity: float
    face_id: UUID


class IdentifiedFace(RulingOut):
    """One face of the probe image and who it may be, best first; `liveness` as at verify.

    `target_fmr` is of one comparison, and `target_fpir`, where one was asked for, of a search.
    """

    bbox: Box
    quality: QualityOut
    decision: Decision
    target_fpir: float | None
    liveness: Presentation | None
    matches: list[MatchOut]


class Identification(Sent):
    """One image against everybody in a collection."""

    faces: list[IdentifiedFace]
    gallery_size: int
    policy: str | None
    model: ModelOut
