"""Identities: enrolled, found, listed and changed, on one connection."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from asyncpg import Record
from uuid_utils.compat import uuid7

from db import catalogue, faces
from db.pool import Connection
from db.queries import queries
from db.rows import identity_of, key_of, only, page_of
from deployments.errors import AlreadyExists, ConsentExpired, NotFound
from deployments.messages.gallery import (
    Consent,
    EnrolledFace,
    Identity,
    ModelBinding,
    NewIdentity,
    Template,
)
from deployments.messages.pages import Page

CHANGEABLE = frozenset({"display_name", "metadata", "consent"})

SQL = queries("identities")


async def enrol(
    connection: Connection, collection_id: str, new: NewIdentity, model: ModelBinding
) -> Identity:
    """Store a person with their templates, binding a free collection to the model.

    NotFound, ModelMismatch, AlreadyExists for the external id, ConsentExpired.
    """
    _refuse_expired(new.consent)
    collection = await catalogue.lock(connection, collection_id)
    collection = await catalogue.bound(connection, collection, model)
    row = await connection.fetchrow(
        SQL["create_identity"],
        collection["number"],
        uuid7(),
        new.external_id,
        new.display_name,
        new.metadata,
        *_consent_columns(new.consent),
    )
    if row is None:
        raise AlreadyExists("The external id is taken in this collection.")
    enrolled = await faces.store(connection, collection, row["id"], new.templates)
    await catalogue.count(connection, collection, identities=1)
    return identity_of(row, enrolled)


async def find(connection: Connection, collection_id: str, identity_id: UUID) -> Identity:
    """Return one identity with its faces; NotFound."""
    collection = await catalogue.find(connection, collection_id)
    row = await connection.fetchrow(SQL["find_identity"], collection["number"], identity_id)
    return (await _with_faces(connection, collection, [_found(row)]))[0]


async def page(
    connection: Connection, collection_id: str, after: str | None, limit: int
) -> Page[Identity]:
    """List identities in the order of enrolment; NotFound, InvalidCursor."""
    collection = await catalogue.find(connection, collection_id)
    rows = await connection.fetch(
        SQL["list_identities"], collection["number"], key_of(after), limit + 1
    )
    identities = await _with_faces(connection, collection, rows)
    return page_of(identities, limit, lambda item: item.id)


async def change(
    connection: Connection, collection_id: str, identity_id: UUID, changes: Mapping[str, Any]
) -> Identity:
    """Change display name, metadata or consent; NotFound, InvalidRequest."""
    collection = await catalogue.find(connection, collection_id)
    key = (collection["number"], identity_id)
    current = identity_of(_found(await connection.fetchrow(SQL["lock_identity"], *key)), ())
    wanted = replace(current, **only(CHANGEABLE, changes))
    row = await connection.fetchrow(
        SQL["change_identity"],
        *key,
        wanted.display_name,
        wanted.metadata,
        *_consent_columns(wanted.consent),
    )
    return (await _with_faces(connection, collection, [_found(row)]))[0]


async def add_faces(
    connection: Connection,
    collection_id: str,
    identity_id: UUID,
    templates: Sequence[Template],
    model: ModelBinding,
) -> tuple[EnrolledFace, ...]:
    """Store more templates of a person; NotFound, ModelMismatch, ConsentExpired."""
    collection = await catalogue.lock(connection, collection_id)
    catalogue.refuse_other_model(collection, model)
    row = await connection.fetchrow(SQL["find_identity"], collection["number"], identity_id)
    _refuse_expired(identity_of(_found(row), ()).consent)
    return await faces.store(connection, collection, identity_id, templates)


async def page_of_faces(
    connection: Connection, collection_id: str, identity_id: UUID, after: str | None, limit: int
) -> Page[EnrolledFace]:
    """List one identity's faces in the order they were added; NotFound, InvalidCursor."""
    collection = await catalogue.find(connection, collection_id)
    _found(await connection.fetchrow(SQL["find_identity"], collection["number"], identity_id))
    return await faces.page(connection, collection, identity_id, after, limit)


async def _with_faces(
    connection: Connection, collection: Record, rows: Sequence[Record]
) -> list[Identity]:
    found = await faces.of_many(connection, collection, [row["id"] for row in rows])
    return [identity_of(row, found[row["id"]]) for row in rows]


def _consent_columns(consent: Consent) -> tuple[str, str, datetime, datetime | None]:
    return consent.reference, consent.purpose, consent.given_at, consent.expires_at


def _found(row: Record | None) -> Record:
    if row is None:
        raise NotFound("There is no such identity.")
    return row


def _refuse_expired(consent: Consent) -> None:
    if consent.expires_at is not None and consent.expires_at <= datetime.now(UTC):
        raise ConsentExpired("The consent is over.")
