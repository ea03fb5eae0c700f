"""What the application needs of the rest of the service, and nothing about how it is reached.

Every call to another node takes `budget`, the seconds left of the caller's deadline. All of them
raise the domain errors of `deployments.errors` only.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from deployments.messages.accounts import AccessChanges, Account, Role
from deployments.messages.embedder import Analysis, ModelCard, Photo
from deployments.messages.gallery import (
    Collection,
    EnrolledFace,
    Erasure,
    Identity,
    ModelBinding,
    NewCollection,
    NewIdentity,
    Template,
)
from deployments.messages.limits import Entry, Outcome, UnderWay
from deployments.messages.matcher import Search, SearchResult, Verification, VerificationResult
from deployments.messages.pages import Page
from deployments.policies.policy import Policy, PolicyChanges

Changes = Mapping[str, Any]
"""The fields to change by name; a field that is absent stays as it is."""


class Embedder(Protocol):
    """Photos in, faces and vectors out."""

    async def analyse(self, photo: Photo, *, budget: float) -> Analysis:
        """Find, judge and (where asked for) embed the faces of one photo."""
        ...

    async def card(self, *, budget: float) -> ModelCard:
        """Tell which pack is serving, and on what."""
        ...


class Matcher(Protocol):
    """The gallery: collections, identities, faces, and the decisions made on them."""

    async def create_collection(
        self, new: NewCollection, model: ModelBinding, *, budget: float
    ) -> Collection:
        """Create a collection bound to `model`."""
        ...

    async def collection(self, collection_id: str, *, budget: float) -> Collection:
        """Read one collection with its counts."""
        ...

    async def collections(
        self, after: str | None, limit: int, granted: tuple[str, ...] | None, *, budget: float
    ) -> Page[Collection]:
        """List collections by id, of those granted; None grants all."""
        ...

    async def change_collection(
        self, collection_id: str, changes: Changes, *, budget: float
    ) -> Collection:
        """Change name, description, metadata, quality, liveness or policy."""
        ...

    async def delete_collection(self, collection_id: str, force: bool, *, budget: float) -> None:
        """Delete a collection; one that holds identities only with `force`."""
        ...

    async def enrol(
        self, collection_id: str, identity: NewIdentity, model: ModelBinding, *, budget: float
    ) -> Identity:
        """Store a person with all templates, or nothing."""
        ...

    async def identity(self, collection_id: str, identity_id: UUID, *, budget: float) -> Identity:
        """Read one person."""
        ...

    async def identities(
        self, collection_id: str, after: str | None, limit: int, *, budget: float
    ) -> Page[Identity]:
        """List the people of a collection."""
        ...

    async def change_identity(
        self, collection_id: str, identity_id: UUID, changes: Changes, *, budget: float
    ) -> Identity:
        """Change display_name, metadata or consent (a `Consent`)."""
        ...

    async def erase(self, collection_id: str, identity_id: UUID, *, budget: float) -> Erasure:
        """Delete a person, and search for them afterwards."""
        ...

    async def add_faces(
        self,
        collection_id: str,
        identity_id: UUID,
        templates: tuple[Template, ...],
        model: ModelBinding,
        *,
        budget: float,
    ) -> tuple[EnrolledFace, ...]:
        """Store further faces of a person."""
        ...

    async def faces(
        self, collection_id: str, identity_id: UUID, after: str | None, limit: int, *, budget: float
    ) -> Page[EnrolledFace]:
        """List the faces of a person."""
        ...

    async def delete_face(
        self, collection_id: str, identity_id: UUID, face_id: UUID, *, budget: float
    ) -> None:
        """Delete one face and its vector."""
        ...

    async def identify(self, search: Search, *, budget: float) -> SearchResult:
        """Compare each probe with everybody: 1:N."""
        ...

    async def verify(self, verification: Verification, *, budget: float) -> VerificationResult:
        """Compare one probe with one person: 1:1; AttemptsExceeded after too many failures."""
        ...

    async def forget_attempts(
        self, collection_id: str, identity_id: UUID, *, budget: float
    ) -> None:
        """Let one person be verified again, however often that failed."""
        ...

    async def ping(self, *, budget: float) -> bool:
        """Tell whether the database answers it."""
        ...


class Limiter(Protocol):
    """The one place where the requests of all replicas are counted."""

    async def take(
        self, entries: tuple[Entry, ...], told: UnderWay, *, budget: float
    ) -> tuple[Outcome, ...]:
        """Let each in or not: counted under all its charges, or under none; `told` is held here."""
        ...


class Telemetry(Protocol):
    """The one place where what all replicas have counted is added up."""

    async def page(self, *, budget: float) -> str:
        """Return every metric of the service in the text format of Prometheus."""
        ...


class Accounts(Protocol):
    """Who may come in, and the refresh tokens they hold; the database, without a node between."""

    async def credentials(self, username: str) -> tuple[Account, str] | None:
        """Return the account and its password hash, or None for a stranger; AccountLocked."""
        ...

    async def settle(self, username: str, right: bool) -> None:
        """Count a log-in that failed, or forget those before one that was right.

        AccountLocked where enough others failed since the credentials were read.
        """
        ...

    async def renew_hash(self, username: str, known: str, renewed: str) -> None:
        """Put a new hash of the same password in the place of `known`, if that is still there."""
        ...

    async def unlock(self, username: str) -> None:
        """Forget the failed log-ins of an account."""
        ...

    async def account(self, username: str) -> Account:
        """Read one account."""
        ...

    async def accounts(self, after: str | None, limit: int) -> Page[Account]:
        """List accounts by name."""
        ...

    async def create(
        self,
        username: str,
        password_hash: str,
        role: Role,
        collections: tuple[str, ...],
        scopes: tuple[str, ...],
        disabled: bool,
        must_change_password: bool,
    ) -> Account:
        """Create an account."""
        ...

    async def change(
        self, username: str, changes: Changes, known_hash: str | None = None
    ) -> Account:
        """Change password_hash, role, collections, scopes, disabled or must_change_password.

        InvalidCredentials where the password is no longer that of `known_hash`.
        """
        ...

    async def delete(self, username: str) -> None:
        """Delete an account and every token it holds."""
        ...

    async def begin_session(
        self,
        token_hash: bytes,
        family: UUID,
        username: str,
        known_hash: str,
        expires_at: datetime,
    ) -> bool:
        """Remember a log-in's first refresh token by its SHA-256.

        False where the account no longer has the password of `known_hash`, or is disabled.
        """
        ...

    async def rotate_refresh(
        self, token_hash: bytes, new_token_hash: bytes, expires_at: datetime
    ) -> tuple[Account, UUID]:
        """Use a refresh token up for its successor, both or neither; return the family as well.

        One that was used before revokes its family; a disabled account's is good for nothing.
        """
        ...

    async def revoke_family(self, token_hash: bytes) -> None:
        """End the family of a refresh token; an unknown one is no error."""
        ...

    async def ping(self) -> None:
        """Come back when the database answers."""
        ...


class Policies(Protocol):
    """The stored policies; the database, without a node between."""

    async def changes(self, since: int) -> PolicyChanges:
        """Return what changed since the watermark of an earlier reading, or 0 for everything."""
        ...

    async def policy(self, name: str) -> Policy:
        """Read one policy."""
        ...

    async def policies(self, after: str | None, limit: int) -> Page[Policy]:
        """List policies by name."""
        ...

    async def store(self, policy: Policy) -> Policy:
        """Store a policy in the place of what has its name; AlreadyExists for another kind's."""
        ...


class Access(Protocol):
    """What ended lately, and which machines hold a key; the database, without a node between."""

    async def changes(self, since: int) -> AccessChanges:
        """Return what changed since the watermark of an earlier reading, or 0 for everything."""
        ...
