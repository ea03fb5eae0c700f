"""What requests cost is told apart from what idling costs."""

import pytest

from benchmarks.load.cost import Span, milliseconds


def span(accepted: int, refused: int) -> Span:
    """Return four seconds of a service whose costs are known."""
    ingress = (100 * 4 + 3 * accepted + 0.5 * refused) / 1000
    return Span(4, accepted, refused, {"ingress": ingress, "embedder": 12 * accepted / 1000})


def test_costs_of_different_loads_are_told_apart() -> None:
    """From sums over spans come milliseconds of each kind, by part."""
    loads = [(0, 0), (40, 0), (150, 10), (190, 200), (195, 400)]
    found = milliseconds([span(*load) for load in loads])
    assert found["accepted"] == pytest.approx({"ingress": 3, "embedder": 12})
    assert found["refused"] == pytest.approx({"ingress": 0.5, "embedder": 0}, abs=1e-9)
    assert found["idle second"] == pytest.approx({"ingress": 100, "embedder": 0}, abs=1e-9)


def test_a_part_that_was_not_there_yet_used_nothing() -> None:
    """Processes may start in the middle."""
    late = Span(4, 10, 0, {"ingress": 0.1, "decoder": 0.2})
    assert set(milliseconds([span(5, 0), late])["accepted"]) == {"ingress", "embedder", "decoder"}
