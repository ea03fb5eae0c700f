"""From what somebody asks for to a policy that may be stored: refused where it claims too much.

What HTTP refuses is refused on the command line, in the same words.
"""

from dataclasses import dataclass
from typing import Final

from deployments.errors import AlreadyExists, ModelMismatch, TargetNotSupported, ValidationFailed
from deployments.evidence import FEWEST_PEOPLE, RULE_OF_THREE, Evidence, Point
from deployments.messages.embedder import Model
from deployments.messages.matcher import DecisionKind
from deployments.policies.built_in import RESERVED
from deployments.policies.policy import Policy
from evaluation.intervals import wilson

MOST_POINTS: Final = 200
CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Wish:
    """A policy as somebody asks for it; one of the three numbers is given."""

    name: str
    kind: DecisionKind
    threshold: float | None = None
    target_fmr: float | None = None
    target_fpir: float | None = None


def make(wish: Wish, evidence: Evidence | None, model: Model | None = None) -> Policy:
    """Return the policy, bound to what its evidence speaks of.

    `model` is what serves, where that is known: evidence of another is a ModelMismatch, and a raw
    threshold, which has none, is bound to it. AlreadyExists for a built-in name, ValidationFailed,
    TargetNotSupported.
    """
    if wish.name in RESERVED:
        raise AlreadyExists(f"The name {wish.name} is that of a built-in policy.")
    _require_one_number(wish)
    if evidence is None:
        return _raw(wish, model)
    if wish.threshold is not None:
        raise _invalid("evidence", "A threshold that is given by itself has no evidence.")
    require_sound(evidence)
    if model is not None and not evidence.speaks_of(model.digest, model.pipeline):
        raise ModelMismatch("The evidence speaks of another pack or pipeline than those serving.")
    _require_point(wish, evidence)
    return Policy(
        wish.name,
        wish.kind,
        evidence.pack_digest,
        evidence.pipeline,
        target_fmr=wish.target_fmr,
        target_fpir=wish.target_fpir,
        evidence=evidence,
    )


def require_sound(evidence: Evidence) -> None:
    """Raise ValidationFailed for evidence that contradicts itself, or claims more than it has."""
    if not 1 <= len(evidence.points) <= MOST_POINTS:
        raise _invalid("evidence.points", f"There are 1 to {MOST_POINTS} points.")
    if evidence.people < 2 * FEWEST_PEOPLE:
        detail = f"Two halves of {FEWEST_PEOPLE} people are the fewest that carry a claim."
        raise _invalid("evidence.people", detail)
    if evidence.comparisons < 1 or evidence.photos < evidence.people:
        raise _invalid("evidence.comparisons", "There are no comparisons without photos of people.")
    # Each of two photos once; and those of one person are no impostors, but how many there are of
    # a person nobody told.
    if evidence.comparisons > evidence.photos * (evidence.photos - 1) // 2:
        raise _invalid("evidence.comparisons", "So few photos cannot be compared so often.")
    targets = [point.target_fmr for point in evidence.points]
    thresholds = [point.threshold for point in evidence.points]
    if targets != sorted(set(targets), reverse=True) or thresholds != sorted(thresholds):
        detail = "The largest target comes first, and a smaller one has no lower threshold."
        raise _invalid("evidence.points", detail)
    for point in evidence.points:
        _require_carried(point, evidence.comparisons)


def _require_carried(point: Point, comparisons: int) -> None:
    if not -1 <= point.threshold <= 1:
        raise _invalid("evidence.points", "A threshold is a cosine, from -1 to 1.")
    if not (0 < point.target_fmr < 1 and 0 <= point.fmr_upper_bound <= 1):
        raise _invalid("evidence.points", "A rate lies between 0 and 1.")
    if not 0 <= point.false_matches <= comparisons:
        raise _invalid("evidence.points", "There are no more false matches than comparisons.")
    if comparisons < round(RULE_OF_THREE / point.target_fmr):
        detail = f"{comparisons} comparisons do not carry an FMR of {point.target_fmr:g}."
        raise _invalid("evidence.points", detail)
    if wilson(point.false_matches, comparisons).low > point.target_fmr:
        detail = f"So many false matches are more than an FMR of {point.target_fmr:g}."
        raise _invalid("evidence.points", detail)
    least = max(point.false_matches / comparisons, 1 - (1 - CONFIDENCE) ** (1 / comparisons))
    if point.fmr_upper_bound < least:
        detail = f"An upper bound below {least:.3g} is more than the comparisons carry."
        raise _invalid("evidence.points", detail)


def _raw(wish: Wish, model: Model | None) -> Policy:
    if wish.threshold is None:
        raise TargetNotSupported("There are no data that carry the target.", wish.name)
    if model is None:
        raise _invalid("threshold", "A threshold without evidence is stored over HTTP alone.")
    return Policy(wish.name, wish.kind, model.digest, model.pipeline, threshold=wish.threshold)


def _require_one_number(wish: Wish) -> None:
    given = [
        name
        for name in ("threshold", "target_fmr", "target_fpir")
        if getattr(wish, name) is not None
    ]
    if len(given) != 1:
        field = given[1] if given else "threshold"
        raise _invalid(field, "One of threshold, target_fmr and target_fpir is to be given.")
    if wish.target_fpir is not None and wish.kind != "identify":
        raise _invalid("target_fpir", "An FPIR is one of identification.")


def _require_point(wish: Wish, evidence: Evidence) -> None:
    """Refuse a target without a point; an FPIR has none where not even one face could be in."""
    detail = None
    if wish.target_fmr is not None and evidence.point(wish.target_fmr) is None:
        least = evidence.least_fmr
        detail = f"The data carry an FMR of {least:.2g} or more, and not of {wish.target_fmr:g}."
    if wish.target_fpir is not None and evidence.point_in(wish.target_fpir, 1) is None:
        detail = f"The data carry an FPIR of {wish.target_fpir:g} in no gallery."
    if detail is not None:
        raise TargetNotSupported(detail, wish.name)


def _invalid(field: str, detail: str) -> ValidationFailed:
    return ValidationFailed(detail, ((field, "invalid", detail),))
