"""What may be stored: one number, and evidence that carries it."""

from dataclasses import replace
from typing import Any

import pytest

from deployments.errors import AlreadyExists, ModelMismatch, TargetNotSupported, ValidationFailed
from deployments.evidence import Evidence, Point
from deployments.policies.making import MOST_POINTS, Wish, make, require_sound
from tests.unit.policies.synthetic import EVIDENCE, MODEL, OTHER, policy

TARGET = Wish("door", "verify", target_fmr=1e-2)


def test_a_target() -> None:
    """It is stored with its evidence, bound to what that speaks of."""
    assert make(TARGET, EVIDENCE, MODEL) == make(TARGET, EVIDENCE) == policy(target_fmr=1e-2)


def test_an_fpir() -> None:
    """It is stored for identification."""
    wish = Wish("gate", "identify", target_fpir=1e-2)
    assert make(wish, EVIDENCE, MODEL) == policy("gate", "identify", target_fpir=1e-2)


def test_a_raw_threshold() -> None:
    """It is stored without evidence, bound to what serves."""
    made = make(Wish("door", "verify", threshold=0.4), None, MODEL)
    assert made == policy(threshold=0.4)


@pytest.mark.parametrize(
    ("wish", "evidence", "field"),
    [
        (Wish("door", "verify"), None, "threshold"),
        (Wish("door", "verify", 0.4, 1e-2), EVIDENCE, "target_fmr"),
        (Wish("door", "verify", 0.4), EVIDENCE, "evidence"),
        (Wish("door", "verify", target_fpir=1e-2), EVIDENCE, "target_fpir"),
    ],
)
def test_what_contradicts_itself(wish: Wish, evidence: Evidence | None, field: str) -> None:
    """One number is given, of the right kind, and a threshold by itself has no evidence."""
    with pytest.raises(ValidationFailed) as told:
        make(wish, evidence, MODEL)
    assert told.value.errors[0][0] == field


def test_a_raw_threshold_of_nothing() -> None:
    """Where nobody knows what serves, a threshold is bound to nothing, so it is not stored."""
    with pytest.raises(ValidationFailed):
        make(Wish("door", "verify", threshold=0.4), None)


@pytest.mark.parametrize("evidence", [None, EVIDENCE])
@pytest.mark.parametrize("kind", ["fmr", "fpir"])
def test_a_target_that_is_not_carried(evidence: Evidence | None, kind: str) -> None:
    """Without data, or with data that end above it, there is no such policy."""
    named: dict[str, Any] = {f"target_{kind}": 9e-4}  # A face alone has the last bound, 9.8e-4.
    with pytest.raises(TargetNotSupported):
        make(Wish("gate", "identify", **named), evidence, MODEL)


@pytest.mark.parametrize("served", [OTHER, replace(MODEL, pipeline="2-640-twice")])
def test_evidence_of_something_else(served: Any) -> None:
    """It is of another pack or pipeline than those serving, so it is refused."""
    with pytest.raises(ModelMismatch):
        make(TARGET, EVIDENCE, served)


@pytest.mark.parametrize("name", ["provisional", "caller", "fmr-1e-2", "fmr-1e-3"])
def test_names_of_the_house(name: str) -> None:
    """A built-in policy is nobody's to replace, whether or not the pack has it."""
    with pytest.raises(AlreadyExists):
        make(replace(TARGET, name=name), EVIDENCE, MODEL)


def pointed(**changed: Any) -> Evidence:
    """Return the evidence with another first point."""
    first, *others = EVIDENCE.points
    return replace(EVIDENCE, points=(replace(first, **changed), *others))


@pytest.mark.parametrize(
    "unsound",
    [
        replace(EVIDENCE, points=()),
        replace(EVIDENCE, points=EVIDENCE.points * (MOST_POINTS // 3 + 1)),
        replace(EVIDENCE, points=EVIDENCE.points[::-1]),
        replace(EVIDENCE, comparisons=0),
        replace(EVIDENCE, people=19),
        replace(EVIDENCE, photos=101),
        replace(EVIDENCE, comparisons=204 * 203 // 2 + 1),
        # Three thousand comparisons without one error are the least for 1e-3.
        replace(EVIDENCE, comparisons=2_999),
        pointed(threshold=0.41),
        pointed(threshold=-1.1),
        pointed(target_fmr=1.0),
        pointed(target_fmr=1e-3),
        pointed(fmr_upper_bound=1.1),
        pointed(fmr_upper_bound=0.0049),
        # So many of 10,000 are, 95 times of 100, of an FMR above 1e-2.
        pointed(false_matches=122, fmr_upper_bound=0.02),
        pointed(false_matches=-1),
        pointed(false_matches=10_001, fmr_upper_bound=1.0),
        pointed(false_matches=0, fmr_upper_bound=2e-4),
    ],
)
def test_evidence_that_claims_too_much(unsound: Evidence) -> None:
    """Points in order, rates that are rates, and nothing beyond what the comparisons carry."""
    with pytest.raises(ValidationFailed):
        require_sound(unsound)


def test_evidence_that_claims_what_it_may() -> None:
    """Three thousand comparisons without an error bound the FMR by 1e-3: the rule of three."""
    point = Point(1e-3, 0.5, 0, 1e-3)
    require_sound(replace(EVIDENCE, comparisons=3_000, points=(point,)))


def test_evidence_that_was_unlucky() -> None:
    """Somewhat more false matches than the target are chance, and are told by the upper bound."""
    require_sound(pointed(false_matches=119, fmr_upper_bound=0.0145))


def test_evidence_of_twenty_people() -> None:
    """Ten in each half are enough to say something."""
    point = Point(1e-2, 0.5, 0, 1e-2)
    require_sound(replace(EVIDENCE, people=20, photos=60, comparisons=400, points=(point,)))
