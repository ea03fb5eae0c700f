"""Bases and field types that several families share."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from deployments.messages import Box, Point

MAX_METADATA_BYTES = 16 * 1024
ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"

Item = TypeVar("Item")


class Received(BaseModel):
    """The base of what callers send: a field that nobody knows is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sent(BaseModel):
    """The base of what is answered, made from the messages of `deployments.messages`."""

    model_config = ConfigDict(from_attributes=True)


class Listing(Sent, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next_cursor: str | None


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not hold a NUL character")
    return text


def _storable_metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    """Refuse what PostgreSQL's jsonb would: NaN, NUL, half characters; and what is too long."""
    try:
        encoded = json.dumps(metadata, allow_nan=False, ensure_ascii=False).encode()
    except (RecursionError, UnicodeEncodeError, ValueError) as error:
        raise ValueError("must be JSON that can be stored") from error
    if len(encoded) > MAX_METADATA_BYTES:
        raise ValueError(f"must not exceed {MAX_METADATA_BYTES} bytes of JSON")
    if b"\\u0000" in encoded:
        raise ValueError("must not hold a NUL character")
    return metadata


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=256), AfterValidator(_storable)]
LongText = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_storable)]
Metadata = Annotated[dict[str, Any], AfterValidator(_storable_metadata)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Threshold = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]


class ListOptions(Received):
    """The query of every list."""

    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = Field(None, max_length=1024)


class ModelOut(Sent):
    """The pack that made a vector."""

    pack: str
    digest: str


class PoseOut(Sent):
    """Head rotation in degrees; 0, 0, 0 looks at the camera."""

    yaw: float
    pitch: float
    roll: float


class QualityOut(Sent):
    """How fit a face is to be compared, and what a gate would refuse it for."""

    score: float
    sharpness: float
    brightness: float
    pose: PoseOut
    size: float
    reasons: list[str]


class FaceOut(Sent):
    """One detected face, in pixels of the upright image."""

    bbox: Box
    landmarks: tuple[Point, Point, Point, Point, Point]
    score: float
    quality: QualityOut


class EnrolledFaceOut(Sent):
    """One stored face; its vector never leaves the database."""

    id: UUID
    quality: QualityOut
    created_at: datetime


def changes(body: Received) -> Mapping[str, Any]:
    """Return what a PATCH names: a field left out stays, a null is a value."""
    return {name: getattr(body, name) for name in body.model_fields_set}
