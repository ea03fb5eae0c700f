"""The gallery as the Matcher sees it: each method one transaction or less on a pooled connection.

What may go wrong is said where the work is done (`catalogue`, `identities`, `faces`, `erasure`,
`search`); the failures of the database itself come out as `pool.connection` says.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg import Record
from uuid_utils.compat import uuid7

from db import attempts, catalogue, erasure, faces, identities
from db import search as searching
from db.allowance import VERIFICATIONS, Allowance
from db.policies import Policies
from db.pool import Connection, Pool, connection, ping, transaction
from db.rows import collection_of
from deployments.deadline import deadline_in
from deployments.errors import DeadlineExceeded, NotFound, Unavailable
from deployments.messages.embedder import Model
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
from deployments.messages.matcher import (
    DecisionKind,
    Ruling,
    Search,
    SearchResult,
    Verification,
    VerificationResult,
    Wanted,
)
from deployments.messages.pages import Page
from deployments.policies.book import PolicyBook
from deployments.policies.rulings import Case, unsupported

PING_SECONDS = 1.0


class Gallery:
    """Collections, the people enrolled in them, and the searches among them.

    `ambiguity_margin` is how far apart, in cosine, the two best people must be for a match;
    `allowance` how often in a row somebody may fail to be verified; `compare_all_up_to` how many
    faces a collection may have for a search that the index leaves in doubt to look at all of them.
    """

    def __init__(
        self,
        pool: Pool,
        ambiguity_margin: float,
        allowance: Allowance = VERIFICATIONS,
        compare_all_up_to: int = searching.COMPARE_ALL_UP_TO,
    ) -> None:
        self._pool = pool
        self._ambiguity_margin = ambiguity_margin
        self._allowance = allowance
        self._compare_all_up_to = compare_all_up_to
        self._book = PolicyBook(Policies(pool))

    async def create_collection(self, new: NewCollection, model: ModelBinding | None) -> Collection:
        """Make a collection, free or bound to a model; AlreadyExists."""
        async with transaction(self._pool) as held:
            return await catalogue.create(held, new, model)

    async def collection(self, collection_id: str) -> Collection:
        """Return a collection; NotFound."""
        async with connection(self._pool) as held:
            return collection_of(await catalogue.find(held, collection_id))

    async def collections(
        self, after: str | None, limit: int, granted: tuple[str, ...] | None
    ) -> Page[Collection]:
        """List collections by id, all of them where `granted` is None."""
        async with connection(self._pool) as held:
            return await catalogue.page(held, after, limit, granted)

    async def change_collection(self, collection_id: str, changes: Mapping[str, Any]) -> Collection:
        """Change what describes it or what it asks of photos; NotFound, InvalidRequest."""
        async with transaction(self._pool) as held:
            return await catalogue.change(held, collection_id, changes)

    async def delete_collection(self, collection_id: str, force: bool) -> None:
        """Delete a collection with all in it; NotFound, NotEmpty unless forced.

        `default` may go as well; the next start makes it anew, empty and bound to nothing.
        """
        async with transaction(self._pool) as held:
            await catalogue.delete(held, collection_id, force=force)

    async def enrol(
        self, collection_id: str, identity: NewIdentity, model: ModelBinding
    ) -> Identity:
        """Store a person with their templates, all or nothing.

        NotFound, ModelMismatch, AlreadyExists, ConsentExpired.
        """
        async with transaction(self._pool) as held:
            return await identities.enrol(held, collection_id, identity, model)

    async def identity(self, collection_id: str, identity_id: UUID) -> Identity:
        """Return a person with their faces; NotFound."""
        async with connection(self._pool) as held:
            return await identities.find(held, collection_id, identity_id)

    async def identities(self, collection_id: str, after: str | None, limit: int) -> Page[Identity]:
        """List people in the order of enrolment; NotFound, InvalidCursor."""
        async with connection(self._pool) as held:
            return await identities.page(held, collection_id, after, limit)

    async def change_identity(
        self, collection_id: str, identity_id: UUID, changes: Mapping[str, Any]
    ) -> Identity:
        """Change display name, metadata or consent, no vector; NotFound, InvalidRequest."""
        async with transaction(self._pool) as held:
            return await identities.change(held, collection_id, identity_id, changes)

    async def erase(self, collection_id: str, identity_id: UUID) -> Erasure:
        """Delete a person and search the index for them; NotFound.

        The search comes before the commit: where it fails nobody was erased, and the caller may
        ask again. No photo is kept, so there are never crops to erase.
        """
        async with transaction(self._pool) as held:
            erased = await erasure.erase(held, collection_id, identity_id)
            absent = await erasure.is_absent(held, erased)
        return Erasure(
            receipt_id=uuid7(),
            identities=1,
            faces=len(erased.vectors),
            crops=0,
            absent=absent,
            erased_at=datetime.now(UTC),
        )

    async def add_faces(
        self,
        collection_id: str,
        identity_id: UUID,
        templates: Sequence[Template],
        model: ModelBinding,
    ) -> tuple[EnrolledFace, ...]:
        """Store more templates of a person; NotFound, ModelMismatch, ConsentExpired."""
        async with transaction(self._pool) as held:
            return await identities.add_faces(held, collection_id, identity_id, templates, model)

    async def faces(
        self, collection_id: str, identity_id: UUID, after: str | None, limit: int
    ) -> Page[EnrolledFace]:
        """List a person's faces in the order they were added; NotFound, InvalidCursor."""
        async with connection(self._pool) as held:
            return await identities.page_of_faces(held, collection_id, identity_id, after, limit)

    async def delete_face(self, collection_id: str, identity_id: UUID, face_id: UUID) -> None:
        """Delete a face, the last one too: the person stays, and matches nothing. NotFound."""
        async with transaction(self._pool) as held:
            await faces.delete(held, collection_id, identity_id, face_id)

    async def search(self, search: Search) -> SearchResult:
        """Find who each probe is among everybody whose consent lasts.

        NotFound, ModelMismatch, ValidationFailed and TargetNotSupported for a policy,
        PresentationAttack, Unavailable.
        """
        await self._book.bring_up_to_date(search.wanted)
        async with self._reading() as held:
            collection = await catalogue.find(held, search.collection)
            ruling = self._ruling("identify", collection, search.model, search.wanted)
            verdicts = await searching.identify(
                held,
                collection,
                search,
                ruling.threshold,
                self._ambiguity_margin,
                self._compare_all_up_to,
            )
        return SearchResult(collection["identity_count"], verdicts, ruling)

    async def verify(self, verification: Verification) -> VerificationResult:
        """Compare a probe with one person, and count failures in a row.

        NotFound, ModelMismatch, ValidationFailed and TargetNotSupported for a policy,
        ConsentExpired, AttemptsExceeded, PresentationAttack, Unavailable.
        """
        await self._book.bring_up_to_date(verification.wanted)
        async with self._reading() as held:
            collection = await catalogue.find(held, verification.collection)
            ruling = self._ruling("verify", collection, verification.model, verification.wanted)
            return await searching.verify(held, collection, verification, ruling, self._allowance)

    async def forget_attempts(self, collection_id: str, identity_id: UUID) -> None:
        """Let a person be verified again, however often that failed; NotFound."""
        async with connection(self._pool) as held:
            await attempts.forget(held, collection_id, identity_id)

    async def ping(self) -> bool:
        """Tell whether the database answers, soon; Overloaded."""
        try:
            with deadline_in(PING_SECONDS):
                await ping(self._pool)
        except (Unavailable, DeadlineExceeded):
            return False
        return True

    def _ruling(
        self, kind: DecisionKind, collection: Record, model: Model, wanted: Wanted
    ) -> Ruling:
        """Return what decides, of templates that the collection is bound to.

        Evidence speaks of one pipeline: what another made is decided by its threshold, unsupported.
        """
        catalogue.refuse_other_model(collection, model)
        case = Case(kind, model, collection["face_count"], collection["policy"])
        ruling = self._book.rule(wanted, case)
        made_here = catalogue.is_made_by(collection, model.pipeline)
        return ruling if made_here else unsupported(ruling)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Connection]:
        """Lend a connection; a collection deleted between two statements is one not found."""
        async with connection(self._pool) as held:
            try:
                yield held
            except asyncpg.UndefinedTableError as error:
                raise NotFound("There is no such collection.") from error
