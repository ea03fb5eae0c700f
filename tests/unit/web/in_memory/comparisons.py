"""Probes compared with everybody there is, by the service's own rulings and decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from deployments.decision import decide_identification, decide_verification, judge_presentation
from deployments.messages.embedder import Vector
from deployments.messages.gallery import Collection, Identity, Template
from deployments.messages.matcher import (
    Match,
    Search,
    SearchResult,
    Verdict,
    Verification,
    VerificationResult,
)
from deployments.policies.policy import Policy
from deployments.policies.rulings import Case, rule

Person = tuple[Identity, list[Template]]


def identify(
    search: Search,
    collection: Collection,
    people: Sequence[Person],
    policies: Mapping[str, Policy],
) -> SearchResult:
    """Return whom of a collection's people each probe resembles."""
    case = Case("identify", search.model, len(people), collection.policy)
    ruling = rule(search.wanted, case, policies)
    shown = [judge_presentation(collection.liveness, live) for live in search.live]
    verdicts = tuple(
        replace(_verdict(search, people, probe, ruling.threshold), liveness=liveness)
        for probe, liveness in zip(search.vectors, shown, strict=True)
    )
    return SearchResult(len(people), verdicts, ruling, {"search": 0.003})


def _verdict(search: Search, people: Sequence[Person], probe: Vector, threshold: float) -> Verdict:
    everybody = [
        Match(who.id, who.external_id, who.display_name, _nearest(probe, held), who.faces[0].id)
        for who, held in people
    ]
    everybody.sort(key=lambda match: -match.similarity)
    found = [match for match in everybody if match.similarity >= threshold]
    decision = decide_identification([match.similarity for match in found], threshold, 0.02)
    nearest = everybody[0].similarity if everybody else None
    return Verdict(decision, tuple(found[: search.limit]), nearest)


def verify(
    verification: Verification,
    collection: Collection,
    held: Sequence[Template],
    policies: Mapping[str, Policy],
) -> VerificationResult:
    """Return whether a probe shows the person of these templates."""
    liveness = judge_presentation(collection.liveness, verification.live)
    case = Case("verify", verification.model, default=collection.policy)
    ruling = rule(verification.wanted, case, policies)
    similarity = _nearest(verification.vector, held)
    decision = decide_verification(similarity, ruling.threshold)
    return VerificationResult(decision, similarity, ruling, {"search": 0.003}, liveness)


def _nearest(probe: Vector, templates: Sequence[Template]) -> float:
    return max(float(probe @ each.vector) for each in templates)
