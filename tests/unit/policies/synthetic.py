"""Evidence that was made up: no photo was ever looked at for it."""

import json
from dataclasses import replace
from pathlib import Path

from deployments.evidence import Evidence, Point
from deployments.messages.embedder import Model
from deployments.messages.matcher import DecisionKind
from deployments.policies.policy import Policy, document_of

MODEL = Model("toy", "sha256:" + "0" * 64, 4, 0.5, 0.6, "1-640-twice")
OTHER = replace(MODEL, digest="sha256:" + "2" * 64)

EVIDENCE = Evidence(
    report_digest="a" * 64,
    pack_digest=MODEL.digest,
    pipeline=MODEL.pipeline,
    quality="standard",
    dataset="made up",
    people=102,
    photos=204,
    comparisons=10_000,
    points=(
        Point(1e-2, 0.35, 50, 0.00655),
        Point(3e-3, 0.405, 15, 0.00246),
        Point(1e-3, 0.452, 5, 0.00098),
    ),
)


def policy(
    name: str = "door",
    kind: DecisionKind = "verify",
    *,
    threshold: float | None = None,
    target_fmr: float | None = None,
    target_fpir: float | None = None,
    evidence: Evidence | None = EVIDENCE,
    model: Model = MODEL,
) -> Policy:
    """Return a policy of the made-up model; one by a threshold has no evidence."""
    return Policy(
        name,
        kind,
        model.digest,
        model.pipeline,
        threshold=threshold,
        target_fmr=target_fmr,
        target_fpir=target_fpir,
        evidence=None if threshold is not None else evidence,
    )


def ship(folder: Path, evidence: Evidence = EVIDENCE) -> None:
    """Write evidence as a file that lies beside the code."""
    (folder / "toy.json").write_text(json.dumps(document_of(evidence)))
