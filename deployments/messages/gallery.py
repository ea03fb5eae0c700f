"""Whom the matcher keeps: collections, the people enrolled in them, what an erasure removed."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from deployments.messages.embedder import Quality, QualityGate, Vector

LivenessPolicy = Literal["off", "observe", "enforce"]


@dataclass(frozen=True, slots=True)
class ModelBinding:
    """The pack a collection holds vectors of.

    `pipeline` is the version that made all of them; None where there were two, or nobody noted it.
    """

    pack: str
    digest: str
    dimension: int
    pipeline: str | None = None


@dataclass(frozen=True, slots=True)
class NewCollection:
    """A collection as its creator describes it."""

    id: str
    name: str
    description: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    quality: QualityGate = "standard"
    liveness: LivenessPolicy = "off"
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """A gallery of identities; `model` is None until something binds it to a pack."""

    id: str
    name: str
    description: str | None
    metadata: dict[str, Any]
    quality: QualityGate
    identities: int
    faces: int
    model: ModelBinding | None
    created_at: datetime
    updated_at: datetime
    liveness: LivenessPolicy = "off"
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """The ground on which a person is enrolled."""

    reference: str
    purpose: str
    given_at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """One face to enrol: its vector of shape (dimension,), and what was measured of it."""

    vector: Vector
    quality: Quality


@dataclass(frozen=True, slots=True)
class NewIdentity:
    """A person to enrol, with one template a photo accepted."""

    external_id: str
    display_name: str | None
    metadata: dict[str, Any]
    consent: Consent
    templates: tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class EnrolledFace:
    """A stored face; the vector stays in the database."""

    id: UUID
    quality: Quality
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as stored."""

    id: UUID
    external_id: str
    display_name: str | None
    metadata: dict[str, Any]
    consent: Consent
    faces: tuple[EnrolledFace, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Erasure:
    """What one erasure removed, and whether a search with the erased vectors came back empty."""

    receipt_id: UUID
    identities: int
    faces: int
    crops: int
    absent: bool
    erased_at: datetime
