"""From rows to messages and back: the one place that knows which column is which field."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar
from uuid import UUID

from asyncpg import Record

from deployments.errors import InvalidCursor, InvalidRequest
from deployments.messages.accounts import Account, ServiceKey
from deployments.messages.embedder import Pose, Quality
from deployments.messages.gallery import Collection, Consent, EnrolledFace, Identity, ModelBinding
from deployments.messages.matcher import Match
from deployments.messages.pages import Page
from deployments.policies.policy import Policy, evidence_from

Item = TypeVar("Item")


def collection_of(row: Record) -> Collection:
    """Read a row of `collections`."""
    model = ModelBinding(row["pack"], row["digest"], row["dimension"], row["pipeline"])
    return Collection(
        id=row["id"],
        name=row["name"],
        description=row["description"],
        metadata=row["metadata"],
        quality=row["quality"],
        identities=row["identity_count"],
        faces=row["face_count"],
        model=model if row["digest"] is not None else None,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        liveness=row["liveness"],
        policy=row["policy"],
    )


def identity_of(row: Record, faces: tuple[EnrolledFace, ...]) -> Identity:
    """Read a row of `identities`, with its faces."""
    return Identity(
        id=row["id"],
        external_id=row["external_id"],
        display_name=row["display_name"],
        metadata=row["metadata"],
        consent=Consent(
            reference=row["consent_reference"],
            purpose=row["consent_purpose"],
            given_at=row["consent_given_at"],
            expires_at=row["consent_expires_at"],
        ),
        faces=faces,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def face_of(row: Record) -> EnrolledFace:
    """Read a row of `faces`."""
    measured = row["quality"]
    quality = Quality(
        **measured | {"pose": Pose(**measured["pose"]), "reasons": tuple(measured["reasons"])}
    )
    return EnrolledFace(id=row["id"], quality=quality, created_at=row["created_at"])


def quality_column(quality: Quality) -> dict[str, Any]:
    """Write what was measured of a face as its column holds it."""
    return asdict(quality)


def match_of(row: Record) -> Match:
    """Read a candidate; rounding in half precision may carry a cosine a little past 1."""
    return Match(
        identity_id=row["identity_id"],
        external_id=row["external_id"],
        display_name=row["display_name"],
        similarity=clipped(row["similarity"]),
        face_id=row["face_id"],
    )


def account_of(row: Record) -> Account:
    """Read a row of `users`, without the password's hash."""
    return Account(
        username=row["username"],
        role=row["role"],
        collections=tuple(row["collections"]),
        scopes=tuple(row["scopes"]),
        disabled=row["disabled"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        must_change_password=row["must_change_password"],
        generation=row["generation"],
    )


def service_key_of(row: Record) -> ServiceKey:
    """Read a row of `service_keys`."""
    return ServiceKey(
        id=row["id"],
        secret_hash=row["secret_hash"],
        name=row["name"],
        role=row["role"],
        collections=tuple(row["collections"]),
        scopes=tuple(row["scopes"]),
        expires_at=row["expires_at"],
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
    )


def policy_of(row: Record) -> Policy:
    """Read a row of `policies`."""
    return Policy(
        name=row["name"],
        kind=row["kind"],
        pack_digest=row["pack_digest"],
        pipeline=row["pipeline"],
        threshold=row["threshold"],
        target_fmr=row["target_fmr"],
        target_fpir=row["target_fpir"],
        evidence=evidence_from(row["evidence"]) if row["evidence"] is not None else None,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def clipped(similarity: float) -> float:
    """Keep a cosine within [-1, 1]."""
    return max(-1.0, min(1.0, similarity))


def key_of(after: str | None) -> UUID | None:
    """Read where a list of ids continues; InvalidCursor where that is no id."""
    try:
        return UUID(after) if after is not None else None
    except ValueError as error:
        raise InvalidCursor("The cursor does not belong to this list.") from error


def page_of(items: Sequence[Item], limit: int, key: Callable[[Item], object]) -> Page[Item]:
    """Make a page of at most `limit` items; one item more says that it is not the last."""
    shown = tuple(items[:limit])
    return Page(shown, after=str(key(shown[-1])) if len(items) > limit else None)


def only(changeable: frozenset[str], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changes; InvalidRequest names a field that may not be changed."""
    for field in changes.keys() - changeable:
        raise InvalidRequest(f"The field {field} cannot be changed.", field)
    return dict(changes)
