"""The policies that come with the code: the default, and those that shipped evidence supports.

`provisional` decides where nothing else is named. Verification by it is at an FMR of 1e-2 where
there is evidence of the model that serves, and else at the pack's own threshold, which nothing
stands behind. Identification by it is always at the pack's own: that no FPIR was measured of.

Evidence lies in `evidence/*.json`, one calibration each; whatever speaks of another pack or of
another pipeline is as good as absent.
"""

import json
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from deployments.evidence import Evidence
from deployments.messages.embedder import Model
from deployments.messages.matcher import DecisionKind
from deployments.policies.policy import CALLERS_OWN, Policy, evidence_from

FOLDER: Path = Path(__file__).parent / "evidence"
PROVISIONAL: Final = "provisional"
PROVISIONAL_FMR: Final = 1e-2
SUPPORTED_ONLY: Final = {"fmr-1e-2": 1e-2, "fmr-1e-3": 1e-3}
RESERVED: Final = frozenset({PROVISIONAL, CALLERS_OWN, *SUPPORTED_ONLY})
"""Names that nobody else's policy may have, whether or not this pack has such a policy."""


@cache
def shipped() -> tuple[Evidence, ...]:
    """Return all evidence that lies beside the code."""
    files = sorted(FOLDER.glob("*.json"))
    return tuple(evidence_from(json.loads(file.read_text("utf-8"))) for file in files)


@lru_cache(maxsize=16)
def built_in(model: Model) -> Mapping[str, Policy]:
    """Return the built-in policies of a model by name: `provisional`, and what is supported."""
    found = {PROVISIONAL: provisional(model, "verify")}
    for evidence in shipped():
        if evidence.speaks_of(model.digest, model.pipeline):
            found |= {
                name: _policy(name, "verify", model, target_fmr=target, evidence=evidence)
                for name, target in SUPPORTED_ONLY.items()
                if evidence.point(target) is not None
            }
    return MappingProxyType(found)


@lru_cache(maxsize=16)
def provisional(model: Model, kind: DecisionKind) -> Policy:
    """Return what decides by default."""
    if kind == "identify":
        return _policy(PROVISIONAL, kind, model, threshold=model.identify_threshold)
    for evidence in shipped():
        if evidence.speaks_of(model.digest, model.pipeline) and evidence.point(PROVISIONAL_FMR):
            return _policy(PROVISIONAL, kind, model, target_fmr=PROVISIONAL_FMR, evidence=evidence)
    return _policy(PROVISIONAL, kind, model, threshold=model.verify_threshold)


def own_threshold(model: Model) -> float:
    """Return the threshold of 1:1 where nobody names another: only above it attempts are forgot."""
    policy = provisional(model, "verify")
    point = policy.point
    return point.threshold if point is not None else model.verify_threshold


def _policy(
    name: str,
    kind: DecisionKind,
    model: Model,
    *,
    threshold: float | None = None,
    target_fmr: float | None = None,
    evidence: Evidence | None = None,
) -> Policy:
    return Policy(
        name,
        kind,
        model.digest,
        model.pipeline,
        threshold=threshold,
        target_fmr=target_fmr,
        evidence=evidence,
        built_in=True,
    )
