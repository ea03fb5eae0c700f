"""From what a caller named to a threshold, or to a refusal."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.errors import (
    FacegraphError,
    ModelMismatch,
    TargetNotSupported,
    Unavailable,
    ValidationFailed,
)
from deployments.evidence import Point
from deployments.messages.embedder import Model
from deployments.messages.matcher import DecisionKind, Ruling, Wanted
from deployments.policies.policy import Policy
from deployments.policies.rulings import Case, rule, unsupported
from tests.unit.policies.synthetic import EVIDENCE, MODEL, OTHER, policy, ship

pytestmark = pytest.mark.usefixtures("nothing_shipped")

VERIFY, IDENTIFY = Case("verify", MODEL), Case("identify", MODEL)
MORE = replace(EVIDENCE, people=103, comparisons=9_000, points=(Point(1e-2, 0.36, 80, 0.0099),))
# 1 - (1 - 0.0198) ** (1 / N) is the last upper bound, 0.00098, at N = 20.4.
FOLLOWING = policy("gate", "identify", target_fpir=0.0198)
SUPPORTED = Ruling(0.405, "door", 4e-3, None, 0.00246, supported=True)


@pytest.mark.parametrize(
    ("case", "threshold"), [(VERIFY, MODEL.verify_threshold), (IDENTIFY, MODEL.identify_threshold)]
)
@pytest.mark.parametrize("wanted", [Wanted(), Wanted(policy="provisional")])
def test_the_default(case: Case, threshold: float, wanted: Wanted) -> None:
    """Named or not, the pack's own threshold decides, and nothing is said to stand behind it."""
    assert rule(wanted, case, {}) == Ruling(threshold, "provisional")


@pytest.mark.parametrize(("coarse", "used"), [(False, 0.401), (True, 0.41)])
def test_a_threshold_of_the_callers(coarse: bool, used: float) -> None:
    """It decides, is raised to a hundredth where it is to be, and has no support and no policy."""
    assert rule(Wanted(0.401, coarse=coarse), VERIFY, {}) == Ruling(used, None)


@pytest.mark.parametrize(
    ("kind", "named", "ruling"),
    [
        ("verify", policy(threshold=0.7), Ruling(0.7, "door")),
        ("identify", policy("door", "identify", threshold=0.7), Ruling(0.7, "door")),
        ("verify", policy(target_fmr=4e-3), SUPPORTED),
        ("identify", policy("door", "identify", target_fmr=4e-3), SUPPORTED),
    ],
)
@pytest.mark.parametrize("coarse", [False, True])
def test_a_policy(kind: DecisionKind, named: Policy, ruling: Ruling, coarse: bool) -> None:
    """It gives its threshold as it is, and tells of its target and the bound measured there."""
    wanted = Wanted(policy="door", coarse=coarse)
    stored = {"door": named}
    assert rule(wanted, Case(kind, MODEL), stored) == ruling


@pytest.mark.parametrize(
    ("faces", "threshold", "target"), [(0, 0.35, 1e-2), (2, 0.35, 1e-2), (6, 0.405, 3e-3)]
)
def test_the_threshold_follows_the_gallery(faces: int, threshold: float, target: float) -> None:
    """The more faces, the smaller the FMR that leaves a search its FPIR."""
    ruling = rule(Wanted(policy="gate"), replace(IDENTIFY, gallery=faces), {"gate": FOLLOWING})

    assert (ruling.threshold, ruling.target_fmr) == (threshold, target)
    assert (ruling.target_fpir, ruling.supported) == (0.0198, True)
    assert ruling.gallery_share == faces / 20


def test_a_gallery_larger_than_the_data_carry() -> None:
    """It is refused with the size up to which they do, and with how far it is over."""
    with pytest.raises(TargetNotSupported, match=r"up to 20 faces, and this one has 21\.") as told:
        rule(Wanted(policy="gate"), replace(IDENTIFY, gallery=21), {"gate": FOLLOWING})

    assert (told.value.policy, told.value.gallery_share) == ("gate", 21 / 20)


@given(
    st.floats(1e-4, 0.3),
    st.lists(st.floats(1e-7, 0.5), min_size=1, max_size=8),
)
def test_the_largest_gallery_is_the_largest(target_fpir: float, bounds: list[float]) -> None:
    """In a gallery of that size there is a point, and in one of a face more there is none."""
    evidence = replace(EVIDENCE, points=tuple(Point(0.5, 0.5, 0, each) for each in bounds))
    size = evidence.largest_gallery(target_fpir)
    point = evidence.point_in(target_fpir, size)

    assert point is not None
    assert size == 0 or 1 - (1 - point.fmr_upper_bound) ** size <= target_fpir * (1 + 1e-9)
    assert evidence.point_in(target_fpir, size + 1) is None


def test_no_points_no_gallery() -> None:
    """Evidence that supports nothing carries no gallery."""
    assert replace(EVIDENCE, points=()).largest_gallery(0.5) == 0


@pytest.mark.parametrize(
    ("target", "name", "threshold"),
    [(2e-2, "more", 0.36), (1e-2, "more", 0.36), (5e-3, "door", 0.405), (1e-3, "door", 0.452)],
)
def test_a_target_without_a_policy(target: float, name: str, threshold: float) -> None:
    """Of the evidence that carries it that of most people decides, and is named."""
    stored = {
        "door": policy(target_fmr=1e-2),
        "more": policy("more", target_fmr=1e-2, evidence=MORE),
    }
    ruling = rule(Wanted(target_fmr=target), VERIFY, stored)

    assert (ruling.policy, ruling.threshold, ruling.target_fmr) == (name, threshold, target)
    assert ruling.supported


def test_of_as_many_people_the_most_comparisons_count() -> None:
    """The same people, photographed more often."""
    more = policy("more", target_fmr=1e-2, evidence=replace(EVIDENCE, comparisons=20_000))
    stored = {"door": policy(target_fmr=1e-2), "more": more}

    assert rule(Wanted(target_fmr=1e-2), VERIFY, stored).policy == "more"


def test_what_was_stored_comes_before_what_is_built_in(nothing_shipped: Path) -> None:
    """An operator's twenty people are those that come; the studio's hundred are nobody's."""
    ship(nothing_shipped)
    few = replace(EVIDENCE, people=20, comparisons=400, points=(Point(1e-2, 0.5, 0, 8e-3),))
    stored = {"door": policy(target_fmr=1e-2, evidence=few)}
    named = [rule(Wanted(target_fmr=each), VERIFY, stored).policy for each in (1e-2, 3e-3)]

    assert named == ["door", "fmr-1e-2"]


def test_an_fpir_without_a_policy() -> None:
    """It is looked up for the gallery's size, and how full that is is told."""
    wanted = Wanted(target_fpir=0.0198)
    ruling = rule(wanted, replace(IDENTIFY, gallery=6), {"door": policy(target_fmr=1e-2)})

    assert (ruling.threshold, ruling.policy, ruling.target_fpir) == (0.405, "door", 0.0198)
    assert (ruling.target_fmr, ruling.gallery_share) == (3e-3, 6 / 20)


@pytest.mark.parametrize(
    ("wanted", "used"),
    [(Wanted(target_fmr=1e-3, coarse=True), 0.46), (Wanted(target_fpir=0.0198, coarse=True), 0.35)],
)
def test_a_threshold_found_for_a_callers_number_is_coarse(wanted: Wanted, used: float) -> None:
    """Else a score could be found by asking for many targets; no FMR grows by it."""
    assert rule(wanted, IDENTIFY, {"door": policy(target_fmr=1e-2)}).threshold == used


@pytest.mark.parametrize(
    ("wanted", "gallery", "said", "share"),
    [
        (Wanted(target_fmr=9e-4), 0, "an FMR of 0.0009, but of 0.001 or more", None),
        (Wanted(target_fpir=0.0198), 21, "up to 20 faces, and this one has 21", 21 / 20),
    ],
)
def test_a_target_that_nothing_carries(
    wanted: Wanted, gallery: int, said: str, share: float | None
) -> None:
    """It is refused, with what is carried."""
    with pytest.raises(TargetNotSupported, match=said) as told:
        rule(wanted, replace(IDENTIFY, gallery=gallery), {"door": policy(target_fmr=1e-2)})
    assert told.value.policy is None
    assert told.value.gallery_share == share


def test_an_fpir_that_no_gallery_ever_had() -> None:
    """What data carry not even with one face, none has outgrown: nobody is to be alarmed."""
    wanted, stored = Wanted(target_fpir=9e-4), {"door": policy(target_fmr=1e-2)}
    with pytest.raises(TargetNotSupported, match="up to 0 faces") as told:
        rule(wanted, replace(IDENTIFY, gallery=2), stored)
    assert told.value.gallery_share is None


def test_without_the_claim() -> None:
    """The threshold and the policy stay; what was measured of other templates is not told."""
    told = unsupported(SUPPORTED)
    assert told == Ruling(0.405, "door", 4e-3)


def test_evidence_of_other_templates_is_none() -> None:
    """A target is never looked up in what was measured on another pack."""
    other = replace(EVIDENCE, pack_digest=OTHER.digest)
    stored = {"door": policy(target_fmr=1e-2, evidence=other, model=OTHER)}
    with pytest.raises(TargetNotSupported, match="no data of the pack and pipeline"):
        rule(Wanted(target_fmr=1e-2), VERIFY, stored)


@pytest.mark.parametrize("served", [OTHER, replace(MODEL, pipeline="2-640-twice")])
def test_a_policy_of_other_templates(served: Model) -> None:
    """One of another pack, or of another pipeline, is refused and never used."""
    case = Case("verify", served)
    with pytest.raises(ModelMismatch):
        rule(Wanted(policy="door"), case, {"door": policy(threshold=0.7)})


@pytest.mark.parametrize(
    ("name", "case", "code"),
    [
        ("elsewhere", VERIFY, "unknown_policy"),
        ("fmr-1e-2", VERIFY, "unknown_policy"),
        ("door", IDENTIFY, "wrong_kind"),
        ("gate", VERIFY, "wrong_kind"),
    ],
)
def test_a_policy_that_cannot_be_meant(name: str, case: Case, code: str) -> None:
    """One that is not there, or decides something else, is named as the mistake."""
    with pytest.raises(ValidationFailed) as told:
        rule(Wanted(policy=name), case, {"door": policy(threshold=0.7), "gate": FOLLOWING})
    assert told.value.errors[0][:2] == ("policy", code)


@pytest.mark.parametrize(
    ("default", "kind", "name"),
    [
        ("door", "verify", "door"),
        ("door", "identify", "provisional"),
        ("gate", "identify", "gate"),
        ("provisional", "verify", "provisional"),
    ],
)
def test_the_policy_of_a_collection(default: str, kind: DecisionKind, name: str) -> None:
    """It decides what is of its kind where the caller names nothing."""
    stored = {"door": policy(threshold=0.7), "gate": FOLLOWING}
    assert rule(Wanted(), Case(kind, MODEL, 2, default), stored).policy == name


@pytest.mark.parametrize(
    ("default", "error"),
    [("elsewhere", Unavailable), ("fmr-1e-2", ModelMismatch), ("old", ModelMismatch)],
)
def test_the_policy_of_a_collection_is_never_replaced(
    default: str, error: type[FacegraphError]
) -> None:
    """One that is not known, not of this pack any more, or of another: nothing else decides."""
    with pytest.raises(error):
        rule(
            Wanted(),
            Case("verify", MODEL, 2, default),
            {"old": policy("old", threshold=0.1, model=OTHER)},
        )


@pytest.mark.parametrize(
    "empty",
    [
        policy(target_fmr=1e-4),
        policy("door", "identify", target_fpir=1e-2, evidence=None),
    ],
)
def test_a_stored_policy_that_nothing_stands_behind(empty: Policy) -> None:
    """Whoever wrote it by hand gets a refusal, not a threshold."""
    with pytest.raises(TargetNotSupported):
        rule(Wanted(policy="door"), Case(empty.kind, MODEL), {"door": empty})
