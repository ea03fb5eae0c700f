"""What crosses a handle: frozen values, shared vocabulary of every layer, no behaviour to speak of.

Boxes and landmarks are in pixels of the upright image. Vectors are float32 and of unit length.
Times are aware datetimes in UTC. A budget is what is left of the caller's deadline, in seconds:
a duration survives the hop to another machine, an instant of a monotonic clock does not.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, NamedTuple, TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from deployments.hints import hint_for

Vector = NDArray[np.float32]
Decision = Literal["match", "no_match", "ambiguous"]
DecisionKind = Literal["verify", "identify"]
QualityGate = Literal["off", "standard", "strict"]
LivenessPolicy = Literal["off", "observe", "enforce"]
Presentation = Literal["live", "attack"]
Embed = Literal["none", "largest", "all"]
Priority = Literal["interactive", "bulk"]
Point = tuple[float, float]
Box = tuple[float, float, float, float]

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list; `after` is the key to continue from, None on the last page."""

    items: tuple[Item, ...]
    after: str | None


# Sharing


@dataclass(frozen=True, slots=True)
class Flow:
    """Whose work it is, and of which class: what capacity is shared fairly among."""

    caller: str = ""
    priority: Priority = "interactive"

    @property
    def weight(self) -> float:
        """How much more than one of an enrolment it gets where both want all they can have."""
        return 4.0 if self.priority == "interactive" else 1.0


@dataclass(frozen=True, slots=True)
class Origin:
    """The request that work is done for; `traceparent` is of the span it belongs below, if any."""

    request_id: str
    traceparent: str | None = None


# Embedder


@dataclass(frozen=True, slots=True)
class Model:
    """The pack that made a vector, and the similarities above which it provisionally says yes.

    `pipeline` is the version of all around its networks, as `vision/version.py` tells it.
    """

    pack: str
    digest: str
    dimension: int
    verify_threshold: float
    identify_threshold: float
    pipeline: str = ""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One weights file of a pack, by the digest of what was published."""

    role: Literal["detector", "recogniser"]
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class LivenessCard:
    """The liveness model that is loaded; from `threshold` on a face's score means live."""

    name: str
    digest: str
    licence: str
    commercial_use: bool
    threshold: float


@dataclass(frozen=True, slots=True)
class ModelCard:
    """All that `GET /v1/models` tells of a pack; `liveness` is None where no such model is."""

    model: Model
    licence: str
    commercial_use: bool
    files: tuple[ModelFile, ...]
    device: str
    engine: str
    liveness: LivenessCard | None = None


@dataclass(frozen=True, slots=True)
class Photo:
    """One encoded image and what is wanted of it.

    `liveness` asks for a check of the faces that are embedded, which is made where a model for it
    is loaded.
    """

    data: bytes
    max_faces: int = 100
    embed: Embed = "none"
    gate: QualityGate = "standard"
    liveness: bool = False
    flow: Flow = Flow()
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Pose:
    """Head rotation in degrees, estimated from five landmarks; 0, 0, 0 looks at the camera."""

    yaw: float
    pitch: float
    roll: float


@dataclass(frozen=True, slots=True)
class Quality:
    """How fit a face is to be compared; `reasons` names what the gate asked for would refuse."""

    score: float
    sharpness: float
    brightness: float
    pose: Pose
    size: float
    reasons: tuple[str, ...] = ()
    outside: float = 0.0

    @property
    def hint(self) -> str | None:
        """What a person can do about the reasons; None where there are none."""
        return hint_for(self.reasons)


@dataclass(frozen=True, slots=True)
class Liveness:
    """What a check made of one face; `score` is in 0..1, and 1 is surely live.

    The score is for the metrics alone: whoever is told it can climb it, photo by photo.
    """

    score: float
    live: bool


@dataclass(frozen=True, slots=True)
class Face:
    """One detected face; `vector` and `liveness` are there only where they were asked for."""

    bbox: Box
    landmarks: tuple[Point, Point, Point, Point, Point]
    score: float
    quality: Quality
    vector: Vector | None = None
    liveness: Liveness | None = None

    @property
    def live(self) -> bool | None:
        """Whether the face is live; None where nothing checked it."""
        return self.liveness.live if self.liveness else None

    @property
    def area(self) -> float:
        """The box's area in square pixels."""
        left, top, right, bottom = self.bbox
        return (right - left) * (bottom - top)


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the embedder found in one photo, largest face first; stages in seconds."""

    width: int
    height: int
    faces: tuple[Face, ...]
    model: Model
    stages: dict[str, float] = field(default_factory=dict)


# Matcher


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


@dataclass(frozen=True, slots=True)
class Match:
    """One candidate: an identity by its most similar face; similarity is the raw cosine."""

    identity_id: UUID
    external_id: str
    display_name: str | None
    similarity: float
    face_id: UUID


@dataclass(frozen=True, slots=True)
class Wanted:
    """By what a caller wants it decided: by one of these at most.

    By none: by the collection's own policy, or else by the pack's provisional one. A `coarse`
    threshold, where it follows from a number of the caller's, is raised to the next hundredth.
    """

    threshold: float | None = None
    policy: str | None = None
    target_fmr: float | None = None
    target_fpir: float | None = None
    coarse: bool = False


@dataclass(frozen=True, slots=True)
class Ruling:
    """The threshold (cosine) that decides, and what stands behind it.

    `policy` is None where the threshold was the caller's own. `fmr_upper_bound` is the upper end of
    the 95 % interval of the FMR measured at it. `gallery_share` is for the metrics alone: the size
    of the gallery over the largest that the data carry, where the threshold follows it.
    """

    threshold: float
    policy: str | None
    target_fmr: float | None = None
    target_fpir: float | None = None
    fmr_upper_bound: float | None = None
    supported: bool = False
    gallery_share: float | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """Probe vectors of shape (faces, dimension) against one collection.

    `live` tells of each probe whether it is live, None where nothing checked it; empty: of none.
    """

    collection: str
    vectors: Vector
    model: Model
    limit: int
    wanted: Wanted = Wanted()
    live: tuple[bool | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision on one probe and the candidates at or over the threshold, best first.

    `nearest` is the best similarity of all, for the metrics alone: below the threshold no caller is
    told it. None in an empty collection. `liveness` is None where the collection does not look at
    it, or nothing checked the probe.
    """

    decision: Decision
    matches: tuple[Match, ...]
    nearest: float | None = None
    liveness: Presentation | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One verdict a probe vector, in the order they were sent; stages in seconds."""

    gallery_size: int
    verdicts: tuple[Verdict, ...]
    ruling: Ruling
    stages: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verification:
    """One probe vector of shape (dimension,) against one identity; `live` as in `Search`."""

    collection: str
    identity_id: UUID
    vector: Vector
    model: Model
    wanted: Wanted = Wanted()
    live: bool | None = None


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """The decision 1:1; similarity is to the identity's most similar face.

    `liveness` as in `Verdict`.
    """

    decision: Decision
    similarity: float
    ruling: Ruling
    stages: dict[str, float] = field(default_factory=dict)
    liveness: Presentation | None = None


# Limits and capacity


@dataclass(frozen=True, slots=True)
class Window:
    """At most `amount` requests in any `seconds` seconds."""

    amount: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Charge:
    """What one request asks of one limit, of the share that `who` has of it."""

    limit: str
    who: str
    windows: tuple[Window, ...]
    cost: int = 1


@dataclass(frozen=True, slots=True)
class Quota:
    """How one window of a limit stands for one caller; `policy` is the name of the two together.

    `reset` is the seconds until more of it is free again: for who was refused, enough.
    """

    limit: str
    policy: str
    window: Window
    remaining: int
    reset: float


@dataclass(frozen=True, slots=True)
class CapacityBounds:
    """How much work may be under way: `burst` requests for a moment, `queue_seconds` of it else."""

    burst: int
    queue_seconds: float


@dataclass(frozen=True, slots=True)
class UnderWay:
    """What one ingress replica has under way; takes the place of what it said before.

    `ended` counts, since the replica began, the requests whose photos were analysed.
    """

    replica: str
    held: Mapping[Flow, int]
    ended: int
    bounds: CapacityBounds


@dataclass(frozen=True, slots=True)
class Entry:
    """A request at the door: what it is charged for, and the flow in which it would be work."""

    charges: tuple[Charge, ...]
    flow: Flow | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an entry: the window without room, or how all of them stand now.

    `drain_seconds` is set where there was no capacity, and nothing counted: how long what is under
    way takes.
    """

    refused: Quota | None
    quotas: tuple[Quota, ...]
    drain_seconds: float | None = None


# Accounts

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


# Measurements


class Series(NamedTuple):
    """One series of a metric: the metric, which part of it, and the labels."""

    family: str
    sample: str
    labels: tuple[tuple[str, str], ...]

    @property
    def source(self) -> str | None:
        """The source of photos that it is of; None where it is of none."""
        return next((value for name, value in self.labels if name == "source"), None)

    def of_source(self, name: str) -> "Series":
        """Return the same of another source."""
        labels = tuple((key, name if key == "source" else value) for key, value in self.labels)
        return self._replace(labels=labels)

    @property
    def order(self) -> tuple[object, ...]:
        """By labels, and buckets by their bounds."""
        bound = next((float(value) for name, value in self.labels if name == "le"), math.inf)
        others = tuple(pair for pair in self.labels if pair[0] != "le")
        return (others, self.sample, bound)


@dataclass(frozen=True, slots=True)
class Counted:
    """What one replica has counted: sums that changed since it was heard last, and all gauges.

    With `before`, what it had told whoever was there then, `sums` are all that it has. `gone` are
    the sums that it no longer has, and will count from nothing if ever again: until that was heard
    it tells nothing of them.
    """

    replica: str
    deployment: str
    sums: Mapping[Series, float]
    gauges: Mapping[Series, float]
    before: Mapping[Series, float] | None
    gone: frozenset[Series] = frozenset()


@dataclass(frozen=True, slots=True)
class Heard:
    """What it is answered: whether it was known, and in how many seconds it tells again.

    One that was not known tells all that it has counted then.
    """

    known: bool
    pause: float
