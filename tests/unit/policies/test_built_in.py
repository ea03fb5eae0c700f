"""The policies that come with the code."""

from dataclasses import replace
from pathlib import Path

import pytest

from deployments.messages.embedder import Model
from deployments.messages.matcher import Ruling, Wanted
from deployments.policies import built_in as module
from deployments.policies.built_in import FOLDER, built_in, own_threshold, provisional
from deployments.policies.making import require_sound
from deployments.policies.rulings import Case, rule
from deployments.vision.catalogue import KNOWN
from deployments.vision.version import pipeline_version
from tests.unit.policies.synthetic import EVIDENCE, MODEL, OTHER, ship


@pytest.mark.usefixtures("shipped")
def test_with_evidence() -> None:
    """`provisional` is at an FMR of 1e-2, supported; each target that is carried has a policy."""
    assert set(built_in(MODEL)) == {"provisional", "fmr-1e-2", "fmr-1e-3"}
    assert rule(Wanted(), Case("verify", MODEL), {}) == Ruling(
        0.35, "provisional", 1e-2, None, 0.00655, supported=True
    )
    assert rule(Wanted(policy="fmr-1e-3"), Case("verify", MODEL), {}).threshold == 0.452
    assert own_threshold(MODEL) == 0.35


@pytest.mark.usefixtures("shipped")
def test_what_no_fpir_was_measured_of() -> None:
    """Identification by default is at the pack's own threshold, whatever there is of 1:1."""
    assert rule(Wanted(), Case("identify", MODEL), {}) == Ruling(0.6, "provisional")


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize("model", [OTHER, replace(MODEL, pipeline="1-320-twice")])
def test_evidence_of_something_else(model: Model) -> None:
    """Nothing is said to stand behind templates that nobody measured."""
    assert set(built_in(model)) == {"provisional"}
    assert provisional(model, "verify").evidence is None
    assert own_threshold(model) == 0.5


def test_without_a_point(nothing_shipped: Path) -> None:
    """What the data do not carry has no policy, and `provisional` nothing behind it."""
    ship(nothing_shipped, replace(EVIDENCE, points=()))

    assert set(built_in(MODEL)) == {"provisional"}
    assert not rule(Wanted(), Case("verify", MODEL), {}).supported


def test_what_is_shipped_is_sound() -> None:
    """It keeps to the rules for everybody's, and speaks of a known pack in this very pipeline."""
    evidence = module.shipped()
    checked = [*map(require_sound, evidence)]
    served = {(pack.digest, pipeline_version(640, second_look=True)) for pack in KNOWN.values()}

    assert len(checked) == len(list(FOLDER.glob("*.json")))
    assert {(each.pack_digest, each.pipeline) for each in evidence} <= served
