"""`make bench-guard` fails on a loss beyond noise, and on nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from benchmarks.performance.guard import MARGIN, compare, ratios, spread
from benchmarks.performance.layers import Found, Layer
from benchmarks.performance.plan import Plan


def compared(kept: Sequence[float], now: Sequence[float]) -> bool:
    """Tell whether a ratio was lost between two runs."""
    (comparison,) = compare({"ours / theirs": kept}, {"ours / theirs": now})
    return comparison.lost


@pytest.mark.parametrize(
    ("kept", "now", "lost"),
    [
        pytest.param([2.0, 2.0], [2.0, 2.0], False, id="as fast as before"),
        pytest.param([2.0, 2.0], [3.0, 3.0], False, id="faster"),
        pytest.param([2.0, 2.0], [1.81, 1.81], False, id="within the margin"),
        pytest.param([2.0, 2.0], [1.79, 1.79], True, id="beyond the margin"),
        pytest.param([2.2, 1.8], [1.7, 1.5], False, id="within what identical runs differ by"),
        pytest.param([2.2, 1.8], [1.3, 1.3], True, id="beyond that"),
    ],
)
def test_a_loss_is_what_is_beyond_noise(
    kept: Sequence[float], now: Sequence[float], lost: bool
) -> None:
    """The means are compared; what identical runs lie apart by is allowed, and the margin."""
    assert compared(kept, now) is lost


def test_what_is_no_longer_measured_is_lost() -> None:
    """Else whoever renames a ratio would watch nothing; one that is new is not compared yet."""
    (comparison,) = compare({"gone": [1.0, 1.2]}, {"new": [1.0, 1.0]})
    assert (comparison.name, comparison.now, comparison.lost) == ("gone", 0, True)


@pytest.mark.parametrize(
    ("kept", "now", "verdict"),
    [
        ([2.0, 2.0], [2.0, 2.0], "kept"),
        ([2.0, 2.0], [1.0, 1.0], "LOST"),
        ([2.4, 1.6], [1.6, 1.6], "too noisy to tell"),
    ],
)
def test_noise_that_hides_a_loss_is_not_taken_for_none(
    kept: Sequence[float], now: Sequence[float], verdict: str
) -> None:
    """Where identical runs lie far apart nobody says that a ratio was kept."""
    (comparison,) = compare({"ours / theirs": kept}, {"ours / theirs": now})
    assert comparison.verdict == verdict


def test_the_spread_of_identical_runs() -> None:
    """It is a share of their mean; one run alone has none."""
    assert spread([0.9, 1.1]) == pytest.approx(0.2)
    assert spread([1.5]) == 0
    assert spread([0.9, 1.1]) > MARGIN


def layer(name: str) -> Layer:
    """Return a layer that was measured long ago."""

    def told(found: Found) -> Mapping[str, Sequence[float]]:
        return {f"{name} / theirs": found["ratios"]}

    def measure(_: Plan) -> Found:
        raise AssertionError("it is not measured again")

    return Layer(name, measure, str, lambda _: {}, told, lambda _: [])


def test_each_layer_says_what_is_watched() -> None:
    """Of those that a run has measured; others have nothing to say."""
    found: dict[str, Any] = {"layers": {"search": {"ratios": [3.0, 3.1]}}}

    assert ratios(found, [layer("search"), layer("embedding")]) == {"search / theirs": [3.0, 3.1]}
