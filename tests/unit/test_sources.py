"""Sources are told apart as they come, never more than so many."""

import pytest

from deployments.sources import OTHER, SILENT_SECONDS, Sources
from tests.unit.clock import Clock


@pytest.fixture
def sources(clock: Clock) -> Sources:
    """Return room for two, both taken."""
    made = Sources(2, clock)
    assert [made.told(name) for name in ("lobby", "gate")] == ["lobby", "gate"]
    return made


def test_who_comes_late_is_one_of_the_others(sources: Sources) -> None:
    """Nobody pushes out who is known, however often he comes."""
    assert {sources.told(f"camera-{number % 50}") for number in range(500)} == {OTHER}
    assert [sources.told(name) for name in ("lobby", "gate")] == ["lobby", "gate"]


def test_the_others_take_no_room(clock: Clock) -> None:
    """A source that calls itself `other` is counted with them."""
    sources = Sources(1, clock)

    assert [sources.told(name) for name in (OTHER, "lobby")] == [OTHER, "lobby"]


def test_the_silent_make_room(sources: Sources, clock: Clock) -> None:
    """After a day without a photo, and not before."""
    clock.now += SILENT_SECONDS - 1
    sources.told("gate")
    assert sources.forget_the_silent() == set()
    clock.now += 1

    assert sources.forget_the_silent() == {"lobby"}
    assert [sources.told(name) for name in ("yard", "lobby", "gate")] == ["yard", OTHER, "gate"]


@pytest.mark.parametrize(("most", "told"), [(3, "yard"), (1, OTHER), (0, OTHER)])
def test_the_bound_may_be_changed(sources: Sources, most: int, told: str) -> None:
    """More are told apart at once; with fewer, those who are known stay."""
    sources.most = most

    assert sources.told("yard") == told
    assert sources.told("lobby") == "lobby"
