"""From what a caller named to a threshold, and to what stands behind it: pure.

A threshold is never looked up in evidence of another pack or pipeline, and none is made up: where
the data do not carry what was asked for, that is said.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from typing import Final

from deployments.errors import ModelMismatch, TargetNotSupported, Unavailable, ValidationFailed
from deployments.evidence import Evidence, Point
from deployments.messages.embedder import Model
from deployments.messages.matcher import DecisionKind, Ruling, Wanted
from deployments.policies.built_in import PROVISIONAL, RESERVED, built_in, provisional
from deployments.policies.policy import Policy

HUNDREDTH: Final = Decimal("0.01")

Stored = Mapping[str, Policy]


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be decided: of templates by this model, 1:1 or 1:N in a gallery of so many faces.

    `default` is the collection's own policy; it decides what is of its kind and names nothing else.
    """

    kind: DecisionKind
    model: Model
    gallery: int = 0
    default: str | None = None


def rule(wanted: Wanted, case: Case, stored: Stored) -> Ruling:
    """Return the threshold of a case.

    TargetNotSupported, ModelMismatch for a policy of other templates, ValidationFailed for one that
    is not known or of the other kind, Unavailable where the collection's own is not known.
    """
    if wanted.threshold is not None:
        return _as_told(wanted, Ruling(wanted.threshold, None))
    if wanted.target_fmr is not None or wanted.target_fpir is not None:
        return _as_told(wanted, _by_best_evidence(wanted, case, stored))
    return by_policy(_chosen(wanted.policy, case, stored), case)


def by_policy(policy: Policy, case: Case) -> Ruling:
    """Return the threshold by one policy; TargetNotSupported, ModelMismatch."""
    if not policy.is_of(case.model):
        raise ModelMismatch(
            f"The policy {policy.name} speaks of another pack or pipeline than the one serving."
        )
    if policy.threshold is not None:
        return Ruling(policy.threshold, policy.name)
    if policy.target_fpir is not None:
        return _following(policy, policy.target_fpir, case.gallery)
    if policy.point is None:
        raise TargetNotSupported(f"The data of {policy.name} do not carry its target.", policy.name)
    return _at(policy.point, policy.name, target_fmr=policy.target_fmr)


def unsupported(ruling: Ruling) -> Ruling:
    """Return the same threshold without the claim, for templates that nothing was measured of."""
    return replace(ruling, fmr_upper_bound=None, supported=False)


def known_policies(model: Model, stored: Stored) -> Stored:
    """Return all policies by name; a built-in one is never hidden by a stored one."""
    return {**stored, **built_in(model)}


def _chosen(name: str | None, case: Case, stored: Stored) -> Policy:
    if name is not None:
        return _named(name, case, stored)
    if case.default in {None, PROVISIONAL}:
        return provisional(case.model, case.kind)
    found = known_policies(case.model, stored).get(case.default)
    if found is None and case.default in RESERVED:
        raise ModelMismatch(f"The pack that is serving has no policy {case.default}.")
    if found is None:
        # Of a policy stored a moment ago the copy here may not know yet: never another instead.
        raise Unavailable("The policy of the collection is not known here.")
    return found if found.kind == case.kind else provisional(case.model, case.kind)


def _named(name: str, case: Case, stored: Stored) -> Policy:
    if name == PROVISIONAL:
        return provisional(case.model, case.kind)
    found = known_policies(case.model, stored).get(name)
    if found is None:
        raise _wrong_policy("unknown_policy", f"There is no policy {name}.")
    if found.kind != case.kind:
        raise _wrong_policy("wrong_kind", f"The policy {name} is one to {found.kind} by.")
    return found


def _wrong_policy(code: str, detail: str) -> ValidationFailed:
    return ValidationFailed(detail, (("policy", code, detail),))


def _following(policy: Policy, target_fpir: float, gallery: int) -> Ruling:
    """Return the threshold of an FPIR in a gallery of this size, by the policy's evidence."""
    evidence = policy.evidence
    if evidence is None:
        raise TargetNotSupported(f"Nothing stands behind {policy.name}.", policy.name)
    most = evidence.largest_gallery(target_fpir)
    share = gallery / most if most else math.inf
    point = evidence.point_in(target_fpir, gallery)
    if point is None:
        raise TargetNotSupported(_too_large(target_fpir, gallery, most), policy.name, share)
    ruling = _at(point, policy.name, target_fmr=point.target_fmr, target_fpir=target_fpir)
    return replace(ruling, gallery_share=share)


def _by_best_evidence(wanted: Wanted, case: Case, stored: Stored) -> Ruling:
    """Decide by the best evidence of what carries the target."""
    found = _with_evidence(case.model, stored)
    share = _share(wanted, case, [each for _, each in found])
    for policy, evidence in found:
        point = _point(evidence, wanted, case.gallery)
        if point is not None:
            target = point.target_fmr if wanted.target_fmr is None else wanted.target_fmr
            ruling = _at(point, policy.name, target_fmr=target, target_fpir=wanted.target_fpir)
            return replace(ruling, gallery_share=share)
    refusal = _refusal(wanted, case, [each for _, each in found])
    raise TargetNotSupported(refusal, gallery_share=share)


def _point(evidence: Evidence, wanted: Wanted, gallery: int) -> Point | None:
    if wanted.target_fpir is not None:
        return evidence.point_in(wanted.target_fpir, gallery)
    return evidence.point(wanted.target_fmr or 0.0)


def _share(wanted: Wanted, case: Case, evidence: Iterable[Evidence]) -> float | None:
    """Return how full the gallery is for a caller's FPIR.

    None for one that no data carry even with a single face: no gallery has outgrown them.
    """
    if wanted.target_fpir is None:
        return None
    most = max((each.largest_gallery(wanted.target_fpir) for each in evidence), default=0)
    return case.gallery / most if most else None


def _with_evidence(model: Model, stored: Stored) -> list[tuple[Policy, Evidence]]:
    """Return what speaks of a model, the best first.

    What was stored is of the operator's own people, and what is built in is of a studio's. Then
    people count before comparisons: more photos of the same people tell of no others.
    """
    found = [
        (policy, policy.evidence)
        for policy in known_policies(model, stored).values()
        if policy.evidence is not None and policy.evidence.speaks_of(model.digest, model.pipeline)
    ]
    return sorted(
        found,
        key=lambda each: (
            each[0].built_in,
            -each[1].people,
            -each[1].comparisons,
            each[0].name,
        ),
    )


def best_evidence(model: Model, stored: Stored, wanted: Wanted) -> Evidence | None:
    """Return the best evidence that carries a target; an FPIR, in a gallery of one face."""
    found = (evidence for _, evidence in _with_evidence(model, stored))
    return next((each for each in found if _point(each, wanted, 1) is not None), None)


def _refusal(wanted: Wanted, case: Case, evidence: Iterable[Evidence]) -> str:
    carried = [each for each in evidence if each.points]
    if not carried:
        return "There are no data of the pack and pipeline that are serving."
    if wanted.target_fpir is not None:
        most = max(each.largest_gallery(wanted.target_fpir) for each in carried)
        return _too_large(wanted.target_fpir, case.gallery, most)
    least = min(each.least_fmr for each in carried)
    return f"The data do not carry an FMR of {wanted.target_fmr:g}, but of {least:.2g} or more."


def _too_large(target_fpir: float, gallery: int, most: int) -> str:
    return (
        f"The data carry an FPIR of {target_fpir:g} in a gallery of up to {most} faces, "
        f"and this one has {gallery}."
    )


def _at(
    point: Point, policy: str, *, target_fmr: float | None, target_fpir: float | None = None
) -> Ruling:
    return Ruling(
        threshold=point.threshold,
        policy=policy,
        target_fmr=target_fmr,
        target_fpir=target_fpir,
        fmr_upper_bound=point.fmr_upper_bound,
        supported=True,
    )


def _as_told(wanted: Wanted, ruling: Ruling) -> Ruling:
    """Raise a threshold that follows from a caller's number to the next hundredth, if told to.

    By halving again and again they would find the unrounded score, which they are not shown. No
    FMR grows by it.
    """
    if not wanted.coarse:
        return ruling
    raised = Decimal(str(ruling.threshold)).quantize(HUNDREDTH, ROUND_CEILING)
    return replace(ruling, threshold=float(raised))
