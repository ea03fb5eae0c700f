"""Collections: what creates, changes and shows them."""

from datetime import datetime
from typing import Any

from pydantic import Field

from deployments.messages.embedder import QualityGate
from deployments.messages.gallery import Collection, LivenessPolicy
from deployments.web.schemas.base import (
    Changes,
    Id,
    Listing,
    LongText,
    Metadata,
    ModelOut,
    Received,
    Sent,
    Text,
)


class CollectionIn(Received):
    """A new collection."""

    id: Id
    name: Text
    description: LongText | None = None
    metadata: Metadata = Field(default_factory=dict)
    quality: QualityGate = "standard"
    liveness: LivenessPolicy = "off"
    policy: Id | None = None


class CollectionChanges(Changes):
    """What of a collection can change."""

    name: Text = ""
    description: LongText | None = None
    metadata: Metadata = Field(default_factory=dict)
    quality: QualityGate = "standard"
    liveness: LivenessPolicy = "off"
    policy: Id | None = None


class DeleteOptions(Received):
    """The query of a delete."""

    force: bool = False


class Counts(Sent):
    """What a collection holds."""

    identities: int
    faces: int


class CollectionOut(Sent):
    """A collection as it is; `model` is null only for `default`, until its first enrolment.

    `policy` decides what is of its kind where a caller names nothing; null is the pack's own.
    """

    id: str
    name: str
    description: str | None
    metadata: dict[str, Any]
    quality: QualityGate
    liveness: LivenessPolicy
    policy: str | None
    counts: Counts
    model: ModelOut | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, collection: Collection) -> "CollectionOut":
        """Show a stored collection."""
        return cls(
            id=collection.id,
            name=collection.name,
            description=collection.description,
            metadata=collection.metadata,
            quality=collection.quality,
            liveness=collection.liveness,
            policy=collection.policy,
            counts=Counts(identities=collection.identities, faces=collection.faces),
            model=ModelOut.model_validate(collection.model) if collection.model else None,
            created_at=collection.created_at,
            updated_at=collection.updated_at,
        )


class CollectionList(Listing[CollectionOut]):
    """Collections by id."""
