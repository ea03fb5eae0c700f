"""Bases and field types that several families share."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic.config import JsonDict

from deployments.messages.embedder import Box, Point

MAX_METADATA_BYTES = 16 * 1024
MAX_METADATA_DEPTH = 32
ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
# What JSON can say and PostgreSQL cannot hold, told to whoever reads the schema.
NO_NUL: JsonDict = {"pattern": "^[^\\u0000]*$"}
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d")

Item = TypeVar("Item")


class Received(BaseModel):
    """The base of what callers send: a field that nobody knows is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _without_defaults(schema: dict[str, Any]) -> None:
    for described in schema.get("properties", {}).values():
        described.pop("default", None)


class Changes(Received):
    """The base of what a PATCH names: what it leaves out stays, so a default is never told.

    A client that fills in the defaults it is told would change what nobody meant to.
    """

    model_config = ConfigDict(json_schema_extra=_without_defaults)


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
    """Refuse what PostgreSQL's jsonb would: NaN, NUL, half characters; and what is too much."""
    if any("\0" in text for text in _texts(metadata)):
        raise ValueError("must not hold a NUL character")
    try:
        encoded = json.dumps(metadata, allow_nan=False, ensure_ascii=False).encode()
    except ValueError as error:  # Which an encoding that fails is as well.
        raise ValueError("must be JSON that can be stored") from error
    if len(encoded) > MAX_METADATA_BYTES:
        raise ValueError(f"must not exceed {MAX_METADATA_BYTES} bytes of JSON")
    return metadata


def _texts(metadata: dict[str, Any]) -> Iterator[str]:
    """Yield every key and text, level by level; raises ValueError below the deepest allowed."""
    level: list[dict[str, Any] | list[Any]] = [metadata]
    for _ in range(MAX_METADATA_DEPTH):
        inner = [value for each in level for value in _inside(each)]
        yield from (value for value in inner if isinstance(value, str))
        level = [value for value in inner if isinstance(value, dict | list)]
    if level:
        raise ValueError(f"must not be nested deeper than {MAX_METADATA_DEPTH} levels")


def _inside(container: dict[str, Any] | list[Any]) -> list[Any]:
    return [*container, *container.values()] if isinstance(container, dict) else container


def _rfc_3339(moment: object) -> object:
    """Refuse what pydantic would take for a moment besides: seconds, and dates alone."""
    if not isinstance(moment, str) or not _RFC_3339.match(moment):
        raise ValueError("must be a time of RFC 3339, as 2026-01-31T12:00:00Z")
    return moment


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("must lie in the years 1 to 9999 of UTC") from error


Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=256),
    AfterValidator(_storable),
    Field(json_schema_extra=NO_NUL),
]
LongText = Annotated[
    str,
    StringConstraints(max_length=2000),
    AfterValidator(_storable),
    Field(json_schema_extra=NO_NUL),
]
Metadata = Annotated[dict[str, Any], AfterValidator(_storable_metadata)]
Moment = Annotated[AwareDatetime, BeforeValidator(_rfc_3339), AfterValidator(_in_utc)]
Threshold = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]

Rate = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]


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
    """How fit a face is to be compared, what a gate would refuse it for, and what helps."""

    score: float
    sharpness: float
    brightness: float
    pose: PoseOut
    size: float
    outside: float
    reasons: list[str]
    hint: str | None


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


def changes(body: Changes) -> Mapping[str, Any]:
    """Return what a PATCH names: a field left out stays, a null is a value."""
    return {name: getattr(body, name) for name in body.model_fields_set}
