"""Identities: enrolment with consent, change, faces, erasure."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from pydantic import Field, Json, ValidationInfo, field_validator

from deployments.messages.gallery import Consent, Erasure
from deployments.web.schemas.base import (
    Changes,
    EnrolledFaceOut,
    Id,
    Listing,
    Metadata,
    Moment,
    Received,
    Sent,
    Text,
)

CLOCK_SKEW = timedelta(minutes=5)


class ConsentIn(Received):
    """The ground on which a person is enrolled."""

    reference: Text
    purpose: Text
    given_at: Moment
    expires_at: Moment | None = None

    @field_validator("given_at")
    @classmethod
    def _given_already(cls, given_at: datetime) -> datetime:
        if given_at > datetime.now(UTC) + CLOCK_SKEW:
            raise ValueError("must not lie in the future")
        return given_at

    @field_validator("expires_at")
    @classmethod
    def _ends_later(cls, expires_at: datetime | None, info: ValidationInfo) -> datetime | None:
        given_at = info.data.get("given_at")
        if expires_at is not None and given_at is not None and expires_at <= given_at:
            raise ValueError("must lie after given_at")
        return expires_at

    def message(self) -> Consent:
        """Return it as what the matcher takes."""
        return Consent(self.reference, self.purpose, self.given_at, self.expires_at)


class EnrolmentFields(Received):
    """The fields of an enrolment beside its images; metadata and consent are JSON."""

    external_id: Id
    consent: Json[ConsentIn]
    display_name: Text | None = None
    metadata: Json[Metadata] = Field(default_factory=dict)
    # Looking for the same person under another id is not there yet; to allow it is.
    on_duplicate: Literal["allow"] = "allow"


class FacesFields(Received):
    """Further faces of a person come with images only."""


class IdentityChanges(Changes):
    """What of an identity can change."""

    display_name: Text | None = None
    metadata: Metadata = Field(default_factory=dict)
    consent: ConsentIn = Field(default=None)  # type: ignore[assignment]  # absent is not null


class ConsentOut(Sent):
    """A consent as stored."""

    reference: str
    purpose: str
    given_at: datetime
    expires_at: datetime | None


class IdentityOut(Sent):
    """A person as stored."""

    id: UUID
    external_id: str
    display_name: str | None
    metadata: dict[str, Any]
    consent: ConsentOut
    faces: list[EnrolledFaceOut]
    created_at: datetime
    updated_at: datetime


class RejectedImage(Sent):
    """A photo of an enrolment that was not used, by its position."""

    index: int
    code: str
    detail: str


class Enrolment(IdentityOut):
    """A person newly enrolled."""

    rejected_images: list[RejectedImage]


class AddedFaces(Sent):
    """Faces added to a person."""

    faces: list[EnrolledFaceOut]
    rejected_images: list[RejectedImage]


class IdentityList(Listing[IdentityOut]):
    """The people of a collection."""


class FaceList(Listing[EnrolledFaceOut]):
    """The faces of a person."""


class Erased(Sent):
    """How much was removed."""

    identities: int
    faces: int
    crops: int


class Receipt(Sent):
    """Proof of an erasure: a search with the erased vectors no longer finds them."""

    receipt_id: UUID
    erased: Erased
    search_confirms_absence: bool
    erased_at: datetime

    @classmethod
    def of(cls, erasure: Erasure) -> "Receipt":
        """Show an erasure."""
        return cls(
            receipt_id=erasure.receipt_id,
            erased=Erased.model_validate(erasure),
            search_confirms_absence=erasure.absent,
            erased_at=erasure.erased_at,
        )
