"""Who may come in: people's accounts, machines' keys, and what changed of them lately."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Role = Literal["admin", "enroller", "verifier", "auditor"]


@dataclass(frozen=True, slots=True)
class Account:
    """Who may come in; `collections` holds ids, or "*" for all."""

    username: str
    role: Role
    collections: tuple[str, ...]
    scopes: tuple[str, ...]
    disabled: bool
    created_at: datetime
    updated_at: datetime
    must_change_password: bool = False
    generation: int = 0
    """Grows with every change that ends the account's access tokens."""


@dataclass(frozen=True, slots=True)
class NewServiceKey:
    """A machine's key as its maker describes it; `secret_hash` is the SHA-256 of its secret."""

    id: str
    secret_hash: bytes
    name: str
    role: Role
    collections: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ServiceKey(NewServiceKey):
    """A machine's key as stored."""

    created_at: datetime = field(kw_only=True)
    revoked_at: datetime | None = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class AccessChanges:
    """What changed lately of who may come in.

    `generations` says of a subject (`account:NAME`, `session:UUID`) that no access token of an
    older generation is good any more. `watermark` is where the next reading goes on.
    """

    watermark: int
    generations: Mapping[str, int]
    keys: tuple[ServiceKey, ...]
