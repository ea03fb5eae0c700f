"""Policies: what stores one, and what is told of it."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from deployments.evidence import Evidence, Point
from deployments.messages.matcher import DecisionKind
from deployments.policies.making import MOST_POINTS, Wish
from deployments.policies.policy import Policy
from deployments.web.schemas.base import Id, Listing, Rate, Received, Sent, Text, Threshold

Count = Annotated[int, Field(ge=0, le=2**53)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Digest = Annotated[str, StringConstraints(pattern=r"^(sha256:)?[0-9a-f]{64}$")]


class PointIn(Received):
    """A threshold for a target, and what was seen of it."""

    target_fmr: Rate
    threshold: Threshold
    false_matches: Count
    fmr_upper_bound: Share


class EvidenceIn(Received):
    """What one calibration supports, as `facegraph policy` takes it from its report."""

    report_digest: Digest
    pack_digest: Digest
    pipeline: Id
    quality: Id
    dataset: Text
    people: Count
    photos: Count
    comparisons: Count
    points: list[PointIn] = Field(min_length=1, max_length=MOST_POINTS)

    def message(self) -> Evidence:
        """Return it as policies hold it."""
        points = tuple(Point(**point.model_dump()) for point in self.points)
        return Evidence(**{**self.model_dump(), "points": points})


class PolicyIn(Received):
    """A policy to store: one of three numbers, and for a target the evidence that carries it.

    Without evidence a target is looked for in what is stored already.
    """

    kind: DecisionKind
    threshold: Threshold | None = None
    target_fmr: Rate | None = None
    target_fpir: Rate | None = None
    evidence: EvidenceIn | None = None

    def wish(self, name: str) -> Wish:
        """Return what is asked for under this name."""
        return Wish(name, self.kind, self.threshold, self.target_fmr, self.target_fpir)


class NamedPolicyIn(PolicyIn):
    """The same with its name, for who has no path to write that into."""

    name: Id


class PointOut(Sent):
    """A threshold for a target, and what was seen of it."""

    target_fmr: float
    threshold: float
    false_matches: int
    fmr_upper_bound: float


class EvidenceOut(Sent):
    """What one calibration supports."""

    report_digest: str
    pack_digest: str
    pipeline: str
    quality: str
    dataset: str
    people: int
    photos: int
    comparisons: int
    points: list[PointOut]


class PolicyOut(Sent):
    """A policy. `threshold` is null where it follows the gallery, so that there is no single one.

    `supported` is whether data stand behind it; times are null for what is built in.
    """

    name: str
    kind: DecisionKind
    pack_digest: str
    pipeline: str
    threshold: float | None
    target_fmr: float | None
    target_fpir: float | None
    fmr_upper_bound: float | None
    supported: bool
    built_in: bool
    evidence: EvidenceOut | None
    created_at: datetime | None
    updated_at: datetime | None

    @classmethod
    def of(cls, policy: Policy) -> "PolicyOut":
        """Show a policy."""
        point, evidence = policy.point, policy.evidence
        return cls(
            name=policy.name,
            kind=policy.kind,
            pack_digest=policy.pack_digest,
            pipeline=policy.pipeline,
            threshold=point.threshold if point is not None else policy.threshold,
            target_fmr=policy.target_fmr,
            target_fpir=policy.target_fpir,
            fmr_upper_bound=point.fmr_upper_bound if point is not None else None,
            supported=evidence is not None,
            built_in=policy.built_in,
            evidence=EvidenceOut.model_validate(evidence) if evidence is not None else None,
            created_at=policy.created_at,
            updated_at=policy.updated_at,
        )


class PolicyList(Listing[PolicyOut]):
    """Policies by name, the built-in ones among them."""
