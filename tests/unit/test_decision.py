"""What a collection's liveness policy makes of a face."""

import pytest

from deployments.decision import judge_presentation
from deployments.errors import PresentationAttack, Unavailable
from deployments.messages.gallery import LivenessPolicy
from deployments.messages.matcher import Presentation


@pytest.mark.parametrize(
    ("policy", "live", "told"),
    [
        ("off", None, None),
        ("off", True, None),
        ("off", False, None),
        ("observe", None, None),
        ("observe", True, "live"),
        ("observe", False, "attack"),
        ("enforce", True, "live"),
    ],
)
def test_what_is_told(policy: LivenessPolicy, live: bool | None, told: Presentation | None) -> None:
    """`off` says nothing, `observe` says what was seen and lets everybody pass."""
    assert judge_presentation(policy, live) == told


@pytest.mark.parametrize(("live", "refusal"), [(False, PresentationAttack), (None, Unavailable)])
def test_enforcing_lets_only_the_living_pass(live: bool | None, refusal: type[Exception]) -> None:
    """An attack is refused, and so is whoever nothing could check."""
    with pytest.raises(refusal):
        judge_presentation("enforce", live)
