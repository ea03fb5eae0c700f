"""PERFORMANCE.md: what layers tell, what was aimed at, how far identical runs lie apart."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.performance.layers import Found, Layer
from benchmarks.performance.page import render
from benchmarks.performance.plan import Plan
from tests.unit.benchmarks.rows import PROVENANCE

FINDING = {"pack": "some pack", "what": "times theirs", "at_least": 2.0, "at_most": None}


def _measure(_: Plan) -> Found:
    raise AssertionError("it is not measured again")


def _ratios(found: Found) -> Mapping[str, Sequence[float]]:
    return {"ours / theirs": found["times"]}


def _targets(found: Found) -> Sequence[Mapping[str, Any]]:
    return [FINDING | {"measured": found["times"][0], "met": True}]


LAYER = Layer("search", _measure, lambda _: "## Search\n", lambda _: {}, _ratios, _targets)


def page(*times: float) -> str:
    """Return the page of a run with one layer, as fast as that against its rival."""
    result = PROVENANCE | {
        "minutes": 14.6,
        "quick": False,
        "pack": "some pack",
        "photos": "2 portraits",
        "flags": {"RAY_FLAG": "1"},
        "layers": {"search": {"times": list(times)}},
    }
    return render(result, [LAYER])


def test_what_was_aimed_at_is_judged() -> None:
    """A target that is missed says so, on top of the page."""
    assert "| times theirs | ≥ 2 | 2.5 |  | met |" in page(2.5, 2.5)
    assert "| times theirs | ≥ 2 | 1.5 |  | MISSED |" in page(1.5, 1.5)


def test_noise_is_how_far_identical_runs_lie_apart() -> None:
    """As a percentage of the lower one."""
    assert "| ours / theirs | 2 | 2.5 | 25 |" in page(2.0, 2.5)


def test_where_figures_come_from() -> None:
    """Machine, commit, versions and flags stand at the end."""
    told = page(2.0).partition("## Where these figures come from")[2]

    words = ["abc1234", "15 minutes", "Some CPU", "numpy 2.0", "`RAY_FLAG=1`", "2 portraits"]
    assert [word for word in words if word not in told] == []


def test_only_what_was_measured_is_told() -> None:
    """Of a layer that is not in the file there is no section."""
    other = Layer("other", _measure, lambda _: "## Other\n", lambda _: {}, _ratios, _targets)
    result = PROVENANCE | {"minutes": 1.0, "pack": "p", "photos": "1", "flags": {}, "layers": {}}

    assert "## Other" not in render(result, [other])
