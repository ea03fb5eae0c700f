"""Detect, embed, compare, verify, identify."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from deployments.messages import Box, Decision, Presentation
from deployments.web.schemas.base import FaceOut, ModelOut, QualityOut, Received, Sent, Threshold


class DetectOptions(Received):
    """Options of detect and embed."""

    max_faces: int = Field(100, ge=1, le=100)


class CompareOptions(Received):
    """Options of compare and verify; without a threshold the pack's provisional one decides."""

    threshold: Threshold | None = None


class IdentifyOptions(CompareOptions):
    """Options of identify."""

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


class Decided(Sent):
    """What a decision rests on; `policy` is null where the caller gave the threshold."""

    decision: Decision
    similarity: float
    threshold: float
    policy: str | None
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


class IdentifiedFace(Sent):
    """One face of the probe image and who it may be, best first; `liveness` as at verify."""

    bbox: Box
    quality: QualityOut
    decision: Decision
    threshold: float
    liveness: Presentation | None
    matches: list[MatchOut]


class Identification(Sent):
    """One image against everybody in a collection."""

    faces: list[IdentifiedFace]
    gallery_size: int
    policy: str | None
    model: ModelOut
