"""Rivals meet every item in turn, and their ratio comes with what the items let it be."""

import numpy as np
import pytest

from benchmarks.measures.race import race, speed_up


def test_every_rival_does_every_item_and_who_begins_changes() -> None:
    """Item by item, never one rival after the other; the first item warms up uncounted."""
    done: list[tuple[str, int]] = []

    def rival(name: str, item: int) -> int:
        done.append((name, item))
        return item * 10

    laps = race(
        {"a": lambda item: rival("a", item), "b": lambda item: rival("b", item)},
        [1, 2],
        warm_up=1,
    )
    assert done == [("a", 1), ("b", 1), ("a", 1), ("b", 1), ("b", 2), ("a", 2)]
    assert laps["a"].results == laps["b"].results == [10, 20]
    assert len(laps["a"].seconds) == 2


def test_what_computes_longer_takes_longer() -> None:
    """The CPU's time is counted, in milliseconds of the median item."""
    laps = race({"little": lambda _: sum(range(100)), "much": lambda _: sum(range(10**5))}, "xyz")
    assert 0 < laps["little"].milliseconds < laps["much"].milliseconds < 1000


def test_a_ratio_is_of_medians() -> None:
    """Twice as slow throughout is 2 with an interval of nothing; an outlier changes neither."""
    fast = np.linspace(1, 1.1, 51)
    found = speed_up(np.where(fast == 1.1, 90, 2 * fast), fast)
    assert found.value == pytest.approx(2)
    assert found.low <= found.value <= found.high
    assert found.high - found.low < 0.1
