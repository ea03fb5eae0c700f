"""The ports in memory: what stands behind the application where only the application is tested.

They keep what they are given and do no more than the protocols of `deployments.web.ports` say.
A test that needs one of them to fail sets `error`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import numpy as np

from deployments.admissions import Admissions
from deployments.decision import decide_identification, decide_verification, judge_presentation
from deployments.errors import (
    AccountLocked,
    AlreadyExists,
    AttemptsExceeded,
    FacegraphError,
    InvalidCredentials,
    NotEmpty,
    NotFound,
)
from deployments.messages.accounts import AccessChanges, Account, Role, ServiceKey
from deployments.messages.embedder import (
    Analysis,
    Face,
    Liveness,
    LivenessCard,
    Model,
    ModelCard,
    ModelFile,
    Photo,
    Pose,
    Quality,
    Vector,
)
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
from deployments.messages.limits import Charge, Entry, Outcome, UnderWay
from deployments.messages.matcher import (
    Match,
    Search,
    SearchResult,
    Verdict,
    Verification,
    VerificationResult,
)
from deployments.messages.pages import Page
from deployments.policies.policy import Policy, PolicyChanges
from deployments.policies.rulings import Case, rule
from deployments.totals import Totals
from deployments.web.ports import Changes

MODEL = Model("toy", "sha256:" + "0" * 64, 4, 0.5, 0.6, "1-640-twice")
BINDING = ModelBinding(MODEL.pack, MODEL.digest, MODEL.dimension, MODEL.pipeline)
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def unit(*numbers: float) -> Vector:
    """Return the vector of length one in this direction."""
    vector = np.array(numbers, dtype=np.float32)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def face(
    vector: Vector | None = None, reasons: tuple[str, ...] = (), live: bool | None = None
) -> Face:
    """Return a face of 100 pixels; None for one whose liveness nothing checked."""
    landmarks = ((30.0, 40.0), (70.0, 40.0), (50.0, 60.0), (35.0, 80.0), (65.0, 80.0))
    quality = Quality(0.9, 120.0, 0.5, Pose(1.0, 2.0, 3.0), 100.0, reasons)
    checked = None if live is None else Liveness(0.98765 if live else 0.12345, live)
    return Face((0.0, 0.0, 100.0, 100.0), landmarks, 0.99, quality, vector, checked)


def paged(keys: Sequence[str], after: str | None, limit: int) -> tuple[list[str], str | None]:
    """Return the keys of one page, and the one to continue from."""
    left = sorted(key for key in keys if after is None or key > after)
    return left[:limit], left[limit - 1] if len(left) > limit else None


class Photographs:
    """An embedder that was told beforehand what each photo shows."""

    def __init__(self) -> None:
        self.shows: dict[bytes, tuple[Face, ...] | FacegraphError] = {}
        self.error: Exception | None = None
        self.budgets: list[float] = []
        self.photos: list[Photo] = []
        self.stages = {"queue": 0.001, "decode": 0.002}
        self.models: dict[bytes, Model] = {}
        self.liveness: LivenessCard | None = None

    async def analyse(self, photo: Photo, *, budget: float) -> Analysis:
        """Return the faces this photo was said to show; of others, one."""
        self.budgets.append(budget)
        self.photos.append(photo)
        if self.error is not None:
            raise self.error
        shown = self.shows.get(photo.data, (face(unit(1, 0, 0, 0)),))
        if isinstance(shown, FacegraphError):
            raise shown
        model = self.models.get(photo.data, MODEL)
        return Analysis(640, 480, shown[: photo.max_faces], model, dict(self.stages))

    async def card(self, *, budget: float) -> ModelCard:
        """Return the card of the toy pack."""
        self.budgets.append(budget)
        if self.error is not None:
            raise self.error
        files = (ModelFile("detector", "toy.onnx", "1" * 64),)
        return ModelCard(MODEL, "MIT", True, files, "cpu", "CPUExecutionProvider", self.liveness)


class Shelf:
    """A matcher whose gallery is two dictionaries, searched by looking at everybody."""

    def __init__(self) -> None:
        self.collections_by_id: dict[str, Collection] = {}
        self.people: dict[tuple[str, UUID], tuple[Identity, list[Template]]] = {}
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

    def _person(self, collection_id: str, identity_id: UUID) -> tuple[Identity, list[Template]]:
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
        size = sum(key[0] == search.collection for key in self.people)
        ruling = rule(
            search.wanted, Case("identify", search.model, size, found.policy), self.policies
        )
        shown = [judge_presentation(found.liveness, live) for live in search.live]
        verdicts = tuple(
            replace(self._verdict(search, probe, ruling.threshold), liveness=liveness)
            for probe, liveness in zip(search.vectors, shown, strict=True)
        )
        return SearchResult(size, verdicts, ruling, {"search": 0.003})

    def _verdict(self, search: Search, probe: Vector, threshold: float) -> Verdict:
        everybody = [
            Match(who.id, who.external_id, who.display_name, similarity, who.faces[0].id)
            for (collection, _), (who, held) in self.people.items()
            if collection == search.collection
            for similarity in [max(float(probe @ each.vector) for each in held)]
        ]
        everybody.sort(key=lambda match: -match.similarity)
        found = [match for match in everybody if match.similarity >= threshold]
        decision = decide_identification([match.similarity for match in found], threshold, 0.02)
        nearest = everybody[0].similarity if everybody else None
        return Verdict(decision, tuple(found[: search.limit]), nearest)

    async def verify(self, verification: Verification, *, budget: float) -> VerificationResult:
        """Compare one probe with one person who is not blocked."""
        del budget
        self.verified.append(verification)
        if verification.identity_id in self.blocked:
            raise AttemptsExceeded("Too many.", self.blocked[verification.identity_id])
        _, held = self._person(verification.collection, verification.identity_id)
        collection = self._found(verification.collection)
        liveness = judge_presentation(collection.liveness, verification.live)
        case = Case("verify", verification.model, default=collection.policy)
        ruling = rule(verification.wanted, case, self.policies)
        similarity = max(float(verification.vector @ each.vector) for each in held)
        decision = decide_verification(similarity, ruling.threshold)
        return VerificationResult(decision, similarity, ruling, {"search": 0.003}, liveness)

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


class Register:
    """Accounts and refresh tokens in dictionaries."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[Account, str]] = {}
        self.refresh: dict[bytes, tuple[UUID, str, bool]] = {}
        self.locked: dict[str, float] = {}
        self.settled: list[tuple[str, bool]] = []
        self.error: Exception | None = None

    def add(
        self,
        username: str,
        role: Role,
        password_hash: str = "",
        collections: tuple[str, ...] = ("*",),
        scopes: tuple[str, ...] = (),
        disabled: bool = False,
        must_change_password: bool = False,
    ) -> Account:
        """Enter an account."""
        account = Account(
            username, role, collections, scopes, disabled, NOW, NOW, must_change_password
        )
        self.held[username] = (account, password_hash)
        return account

    async def credentials(self, username: str) -> tuple[Account, str] | None:
        """Return account and hash of a name that is not locked."""
        if self.error is not None:
            raise self.error
        self._refuse_locked(username)
        return self.held.get(username)

    def _refuse_locked(self, username: str) -> None:
        if username in self.locked:
            raise AccountLocked("Too many.", self.locked[username])

    async def settle(self, username: str, right: bool) -> None:
        """Remember how a log-in ended, of a name that is not locked by now."""
        self._refuse_locked(username)
        self.settled.append((username, right))

    async def renew_hash(self, username: str, known: str, renewed: str) -> None:
        """Replace a hash that is still there."""
        account, held = self.held[username]
        self.held[username] = (account, renewed if held == known else held)

    async def unlock(self, username: str) -> None:
        """Let an account be tried again."""
        await self.account(username)
        self.locked.pop(username, None)

    async def account(self, username: str) -> Account:
        """Read an account."""
        if username not in self.held:
            raise NotFound("There is no such account.")
        return self.held[username][0]

    async def accounts(self, after: str | None, limit: int) -> Page[Account]:
        """List the accounts."""
        keys, following = paged(list(self.held), after, limit)
        return Page(tuple(self.held[key][0] for key in keys), following)

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
        if username in self.held:
            raise AlreadyExists("The name is taken.")
        rights = (role, password_hash, collections, scopes)
        return self.add(username, *rights, disabled, must_change_password)

    async def change(
        self, username: str, changes: Mapping[str, Any], known_hash: str | None = None
    ) -> Account:
        """Change an account."""
        account = await self.account(username)
        if known_hash not in {None, self.held[username][1]}:
            raise InvalidCredentials("The password was changed meanwhile.")
        named = dict(changes)
        password_hash = named.pop("password_hash", self.held[username][1])
        self.held[username] = (replace(account, **named), password_hash)
        return self.held[username][0]

    async def delete(self, username: str) -> None:
        """Delete an account."""
        await self.account(username)
        del self.held[username]

    async def begin_session(
        self,
        token_hash: bytes,
        family: UUID,
        username: str,
        known_hash: str,
        expires_at: datetime,
    ) -> bool:
        """Remember a refresh token."""
        del expires_at
        right = username in self.held and self.held[username][1] == known_hash
        if right:
            self.refresh[token_hash] = (family, username, False)
        return right

    async def rotate_refresh(
        self, token_hash: bytes, new_token_hash: bytes, expires_at: datetime
    ) -> tuple[Account, UUID]:
        """Use a refresh token up for its successor."""
        if self.error is not None:
            raise self.error
        family, username, spent = self.refresh.get(token_hash, (UUID(int=0), "", True))
        if spent or self.held[username][0].disabled:
            await self.revoke_family(token_hash)
            raise InvalidCredentials("The refresh token is not valid.")
        self.refresh[token_hash] = (family, username, True)
        del expires_at
        self.refresh[new_token_hash] = (family, username, False)
        return self.held[username][0], family

    async def revoke_family(self, token_hash: bytes) -> None:
        """End the family of a refresh token."""
        family = self.refresh.get(token_hash, (None, "", True))[0]
        kept = {key: row for key, row in self.refresh.items() if row[0] != family}
        self.refresh = kept

    async def ping(self) -> None:
        """Answer."""
        if self.error is not None:
            raise self.error


class Ledger:
    """What was revoked, and the keys of machines."""

    def __init__(self) -> None:
        self.generations: dict[str, int] = {}
        self.keys: dict[str, ServiceKey] = {}
        self.asked: list[int] = []
        self.error: Exception | None = None

    async def changes(self, since: int) -> AccessChanges:
        """Return everything, however old."""
        self.asked.append(since)
        if self.error is not None:
            raise self.error
        return AccessChanges(len(self.asked), dict(self.generations), tuple(self.keys.values()))


class Shelved:
    """The stored policies, which the matcher in memory knows at once."""

    def __init__(self, shelf: Shelf) -> None:
        self.held = shelf.policies
        self.asked: list[int] = []
        self.error: Exception | None = None

    async def changes(self, since: int) -> PolicyChanges:
        """Return everything, however old."""
        self.asked.append(since)
        if self.error is not None:
            raise self.error
        return PolicyChanges(len(self.asked), tuple(self.held.values()))

    async def policy(self, name: str) -> Policy:
        """Read a policy."""
        if name not in self.held:
            raise NotFound("There is no such policy.")
        return self.held[name]

    async def policies(self, after: str | None, limit: int) -> Page[Policy]:
        """List the policies."""
        keys, following = paged(list(self.held), after, limit)
        return Page(tuple(self.held[key] for key in keys), following)

    async def store(self, policy: Policy) -> Policy:
        """Store a policy."""
        self.held[policy.name] = replace(policy, created_at=NOW, updated_at=NOW)
        return self.held[policy.name]


class Board:
    """A telemetry in the same process."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.totals = Totals()

    async def page(self, *, budget: float) -> str:
        """Return what is counted."""
        del budget
        if self.error is not None:
            raise self.error
        return self.totals.page()


class Tally:
    """A limiter in the same process, with the counters of the real one."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.questions = 0
        self.asked: list[tuple[Charge, ...]] = []
        self.admissions = Admissions()
        self.when_asked: Callable[[], object] = lambda: None

    async def take(
        self, entries: tuple[Entry, ...], told: UnderWay, *, budget: float
    ) -> tuple[Outcome, ...]:
        """Let some requests in."""
        del budget
        self.questions += 1
        self.asked.extend(entry.charges for entry in entries if entry.charges)
        self.when_asked()
        if self.error is not None:
            raise self.error
        return self.admissions.take(entries, told)
