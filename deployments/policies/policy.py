"""A policy: a name for a threshold, or for an error rate that a threshold is looked up for."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from deployments.evidence import Evidence, Point
from deployments.messages.embedder import Model
from deployments.messages.matcher import DecisionKind

CALLERS_OWN: Final = "caller"
"""The policy, in metrics and log lines, of a decision by a number that the caller named."""

MOST: Final = 100
"""As many are stored at most: each is a value of a metric's label, and in memory everywhere."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What decides where it is named, bound to the templates that it was measured on.

    One of the three is set: a `threshold` (cosine), which nothing stands behind; a `target_fmr`; or
    a `target_fpir`, whose threshold follows the size of the gallery. A target has `evidence`.
    """

    name: str
    kind: DecisionKind
    pack_digest: str
    pipeline: str
    threshold: float | None = None
    target_fmr: float | None = None
    target_fpir: float | None = None
    evidence: Evidence | None = None
    built_in: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None

    def is_of(self, model: Model) -> bool:
        """Say whether it is bound to what makes templates here."""
        return (self.pack_digest, self.pipeline) == (model.digest, model.pipeline)

    @property
    def point(self) -> Point | None:
        """What its evidence has for its FMR; None for a raw threshold, and for an FPIR."""
        if self.evidence is None or self.target_fmr is None:
            return None
        return self.evidence.point(self.target_fmr)


@dataclass(frozen=True, slots=True)
class PolicyChanges:
    """The policies stored or changed since a watermark, and that of the next reading."""

    watermark: int
    policies: tuple[Policy, ...]


def evidence_from(document: Mapping[str, Any]) -> Evidence:
    """Return evidence as JSON tells it; the fields are those of the class."""
    points = tuple(Point(**each) for each in document["points"])
    return Evidence(**{**document, "points": points})


def document_of(evidence: Evidence) -> dict[str, Any]:
    """Return evidence as JSON tells it."""
    return asdict(evidence)
