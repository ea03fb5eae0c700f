"""Every reason a gate refuses a face for comes with one thing a person can do."""

import pytest

from deployments.hints import HINTS, hint_for
from deployments.messages.embedder import Pose, Quality
from deployments.vision.quality import GATES, reasons

AWFUL = Quality(0.0, 0.0, 0.0, Pose(90.0, 90.0, 180.0), 0.0, outside=1.0)
GLARING = Quality(0.0, 0.0, 1.0, Pose(90.0, 90.0, 180.0), 0.0, outside=1.0)


@pytest.mark.parametrize("gate", list(GATES))
def test_every_reason_has_a_hint(gate: str) -> None:
    """What a gate can refuse is what hints are for, no more and no less."""
    refused = {*reasons(AWFUL, 0.0, gate), *reasons(GLARING, 0.0, gate)}  # type: ignore[arg-type]
    assert refused == set(HINTS)


@pytest.mark.parametrize(
    ("refused", "told"),
    [
        ((), None),
        (("blurred",), "blurred"),
        (("blurred", "too_small"), "too_small"),
        (("low_detection_score", "blurred", "too_dark"), "too_dark"),
        (("too_small", "cut_off"), "cut_off"),
    ],
)
def test_one_hint_is_told(refused: tuple[str, ...], told: str | None) -> None:
    """Of several reasons the one whose cure may cure the others is acted on first."""
    assert hint_for(refused) == (HINTS[told] if told else None)


@pytest.mark.parametrize("hint", HINTS.values())
def test_a_hint_is_a_sentence(hint: str) -> None:
    """A person reads it, so it begins and ends as a sentence, and is short."""
    assert hint[0].isupper()
    assert hint.endswith(".")
    assert len(hint) < 80
