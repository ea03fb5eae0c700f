"""What the matcher is asked of probes, by what it decides, and its decisions 1:N and 1:1."""

from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from deployments.messages.embedder import Model, Vector

Decision = Literal["match", "no_match", "ambiguous"]
DecisionKind = Literal["verify", "identify"]
Presentation = Literal["live", "attack"]


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
