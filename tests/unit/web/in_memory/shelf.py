"""The matcher in memory."""

from dataclasses import replace
from uuid import UUID, uuid4

from deployments.errors import AlreadyExists, AttemptsExceeded, NotEmpty, NotFound
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
from deployments.messages.matcher import Search, SearchResult, Verification, VerificationResult
from deployments.messages.pages import Page
from deployments.policies.policy import Policy
from deployments.web.ports import Changes
from tests.unit.web.in_memory.comparisons import Person, identify, verify
from tests.unit.web.in_memory.pages import paged
from tests.unit.web.in_memory.toys import BINDING, NOW


class Shelf:
    """A matcher whose gallery is two dictionaries, searched by looking at everybody."""

    def __init__(self) -> None:
        self.collections_by_id: dict[str, Collection] = {}
        self.people: dict[tuple[str, UUID], Person] = {}
        self.blocked: dict[UUID, float] = {}
        self.verified: list[Verification] = []
        self.reaches_database = True
        self.error: Exception | None = None
        self.policies: dict[str, Policy] = {}
        self.add("default")

    def add(self, collection_id: str) -> None:
        """Put an empty collection on the shelf."""
        new = NewCollection(collection_id, collection_id.title())
        self.collections_by_id[collection_id] = self._stored(new)

    @staticmethod
    def _stored(new: NewCollection) -> Collection:
        return Collection(
            new.id,
            new.name,
            new.description,
            new.metadata,
            new.quality,
            0,
            0,
            BINDING,
            NOW,
            NOW,
            new.liveness,
            new.policy,
        )

    def _found(self, collection_id: str) -> Collection:
        if self.error is not None:
            raise self.error
        if collection_id not in self.collections_by_id:
            raise NotFound("There is no such collection.")
        return self.collections_by_id[collection_id]

    def _person(self, collection_id: str, identity_id: UUID) -> Person:
        self._found(collection_id)
        if (collection_id, identity_id) not in self.people:
            raise NotFound("There is no such identity.")
        return self.people[collection_id, identity_id]

    async def create_collection(
        self, new: NewCollection, model: ModelBinding, *, budget: float
    ) -> Collection:
        """Create a collection."""
        del budget, model
        if new.id in self.collections_by_id:
            raise AlreadyExists("The id is taken.")
        self.collections_by_id[new.id] = self._stored(new)
        return self.collections_by_id[new.id]

    async def collection(self, collection_id: str, *, budget: float) -> Collection:
        """Read a collection."""
        del budget
        return self._found(collection_id)

    async def collections(
        self, after: str | None, limit: int, granted: tuple[str, ...] | None, *, budget: float
    ) -> Page[Collection]:
        """List the granted collections."""
        del budget
        known = [key for key in self.collections_by_id if granted is None or key in granted]
        keys, following = paged(known, after, limit)
        return Page(tuple(self.collections_by_id[key] for key in keys), following)

    async def change_collection(
        self, collection_id: str, changes: Changes, *, budget: float
    ) -> Collection:
        """Change a collection."""
        del budget
        changed = replace(self._found(collection_id), **changes)
        self.collections_by_id[collection_id] = changed
        return changed

    async def delete_collection(self, collection_id: str, force: bool, *, budget: float) -> None:
        """Delete a collection."""
        del budget
        self._found(collection_id)
        held = [key for key in self.people if key[0] == collection_id]
        if held and not force:
            raise NotEmpty("The collection holds identities.")
        for key in held:
            del self.people[key]
        del self.collections_by_id[collection_id]

    async def enrol(
        self, collection_id: str, identity: NewIdentity, model: ModelBinding, *, budget: float
    ) -> Identity:
        """Store a person."""
        del budget, model
        self._found(collection_id)
        stored = Identity(
            uuid4(),
            identity.external_id,
            identity.display_name,
            identity.metadata,
            identity.consent,
            tuple(EnrolledFace(uuid4(), each.quality, NOW) for each in identity.templates),
            NOW,
            NOW,
        )
        self.people[collection_id, stored.id] = (stored, list(identity.templates))
        return stored

    async def identity(self, collection_id: str, identity_id: UUID, *, budget: float) -> Identity:
        """Read a person."""
        del budget
        return self._person(collection_id, identity_id)[0]

    async def identities(
        self, collection_id: str, after: str | None, limit: int, *, budget: float
    ) -> Page[Identity]:
        """List the people of a collection."""
        del budget
        self._found(collection_id)
        known = {str(key[1]): key for key in self.people if key[0] == collection_id}
        keys, following = paged(list(known), after, limit)
        return Page(tuple(self.people[known[key]][0] for key in keys), following)

    async def change_identity(
        self, collection_id: str, identity_id: UUID, changes: Changes, *, budget: float
    ) -> Identity:
        """Change a person."""
        del budget
        stored, templates = self._person(collection_id, identity_id)
        changed = replace(stored, **changes)
        self.people[collection_id, identity_id] = (changed, templates)
        return changed

    async def erase(self, collection_id: str, identity_id: UUID, *, budget: float) -> Erasure:
        """Delete a person."""
        del budget
        stored, _ = self._person(collection_id, identity_id)
        del self.people[collection_id, identity_id]
        return Erasure(uuid4(), 1, len(stored.faces), 0, True, NOW)

    async def add_faces(
        self,
        collection_id: str,
        identity_id: UUID,
        templates: tuple[Template, ...],
        model: ModelBinding,
        *,
        budget: float,
    ) -> tuple[EnrolledFace, ...]:
        """Store further faces."""
        del budget, model
        stored, held = self._person(collection_id, identity_id)
        added = tuple(EnrolledFace(uuid4(), each.quality, NOW) for each in templates)
        changed = replace(stored, faces=stored.faces + added)
        self.people[collection_id, identity_id] = (changed, [*held, *templates])
        return added

    async def faces(
        self, collection_id: str, identity_id: UUID, after: str | None, limit: int, *, budget: float
    ) -> Page[EnrolledFace]:
        """List the faces of a person."""
        del budget
        stored, _ = self._person(collection_id, identity_id)
        by_id = {str(each.id): each for each in stored.faces}
        keys, following = paged(list(by_id), after, limit)
        return Page(tuple(by_id[key] for key in keys), following)

    async def delete_face(
        self, collection_id: str, identity_id: UUID, face_id: UUID, *, budget: float
    ) -> None:
        """Delete a face."""
        del budget
        stored, held = self._person(collection_id, identity_id)
        left = tuple(each for each in stored.faces if each.id != face_id)
        if len(left) == len(stored.faces):
            raise NotFound("There is no such face.")
        self.people[collection_id, identity_id] = (replace(stored, faces=left), held)

    async def identify(self, search: Search, *, budget: float) -> SearchResult:
        """Compare each probe with everybody."""
        del budget
        found = self._found(search.collection)
        people = [person for key, person in self.people.items() if key[0] == search.collection]
        return identify(search, found, people, self.policies)

    async def verify(self, verification: Verification, *, budget: float) -> VerificationResult:
        """Compare one probe with one person who is not blocked."""
        del budget
        self.verified.append(verification)
        if verification.identity_id in self.blocked:
            raise AttemptsExceeded("Too many.", self.blocked[verification.identity_id])
        _, held = self._person(verification.collection, verification.identity_id)
        collection = self._found(verification.collection)
        return verify(verification, collection, held, self.policies)

    async def forget_attempts(
        self, collection_id: str, identity_id: UUID, *, budget: float
    ) -> None:
        """Let a person be verified again."""
        del budget
        self._person(collection_id, identity_id)
        self.blocked.pop(identity_id, None)

    async def ping(self, *, budget: float) -> bool:
        """Answer."""
        del budget
        if self.error is not None:
            raise self.error
        return self.reaches_database
