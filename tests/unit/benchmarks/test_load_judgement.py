"""Each bound is met or missed by the figures, and by no figure at all it is missed."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.load import judgement
from benchmarks.load.configuration import SHIPPED, under_load
from deployments.configuration import ALONE, read

HIGHEST = {
    "multiple": 3.0,
    "offered a second": 120.0,
    "accepted a second": 39.0,
    "p99 ms": 150.0,
}
BELOW = {"multiple": 0.8, "offered a second": 32.0, "accepted a second": 40.0, "p99 ms": 100.0}
GOOD: dict[str, Any] = {
    "capacity a second": 40.0,
    "levels": [BELOW, HIGHEST],
    "refused, timed by the prober": {"probes": 40, "p50 ms": 10.0},
    "recovered after, s": 1.0,
    "other answers": {},
}


def highest(**changes: float | None) -> dict[str, Any]:
    """Return changed figures of the highest step, beside the good ones of the other."""
    return {"levels": [BELOW, HIGHEST | changes]}


def missed(**changes: Any) -> list[str]:
    """Return what is missed by the good figures with these changes."""
    figures = GOOD | changes
    return [one.what for one in judgement.judged({"short": figures}) if not one.met]


def test_good_figures_miss_nothing() -> None:
    """Every bound is judged once."""
    assert missed() == []
    assert len(judgement.judged({"short": GOOD})) == 6


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (highest(**{"accepted a second": 37.0}), "peak"),
        (highest(**{"offered a second": 90.0}), "planned"),
        (highest(**{"p99 ms": 201.0}), "p99"),
        (highest(**{"p99 ms": None}), "p99"),
        ({"levels": [BELOW | {"p99 ms": None}, HIGHEST]}, "p99"),
        ({"refused, timed by the prober": {"probes": 40, "p50 ms": 51.0}}, "429 timed"),
        ({"refused, timed by the prober": {"probes": 0, "p50 ms": None}}, "429 timed"),
        ({"recovered after, s": 6.0}, "felt"),
        ({"recovered after, s": None}, "felt"),
        ({"other answers": {"504": 1}}, "other than"),
    ],
)
def test_one_bad_figure_misses_one_bound(changes: dict[str, Any], named: str) -> None:
    """What was never refused has no time of refusal, and does not keep a bound by that."""
    (what,) = missed(**changes)
    assert named in what


def test_a_ramp_is_judged_as_levels_are() -> None:
    """Whatever passes capacity keeps to the same bounds."""
    ramp, levels = (judgement.judged({name: GOOD}) for name in ("ramp", "levels"))
    assert [one.what for one in ramp] == [one.what for one in levels]
    assert len(ramp) == 5


def test_a_spike_that_was_none_is_missed() -> None:
    """It is quickly over where little was offered."""
    figures = GOOD | {"levels": [BELOW, {"multiple": 4.0, "offered a second": 150.0}]}
    (what,) = [one.what for one in judgement.judged({"spike": figures}) if not one.met]
    assert what == "offered at 4 times capacity, of what was planned"


def flat(**changes: float) -> dict[str, float]:
    """Return a trend of something that stays as it is."""
    return {"slope": 0.0, "low": -0.1, "high": 0.1, "grown": 0.0} | changes


def threads(**parts: dict[str, float]) -> dict[str, Any]:
    """Return the threads of a service, each part of which keeps as many but for these."""
    return {
        "counts": {"threads": flat(grown=50.0)},
        "counts by part": {"threads": {"ingress": flat(), "gcs": flat()} | parts},
    }


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"memory": flat(slope=0.6)}, ["memory"]),
        ({"counts": {"sockets": flat(grown=5.0)}}, ["sockets"]),
        ({"counts by part": {"sockets": {"raylet": flat(grown=5.0)}}}, ["sockets of one part"]),
        (threads(ingress=flat(grown=5.0)), ["threads of one part"]),
        (threads(gcs=flat(grown=50.0)), []),
        ({"Ray objects": flat(grown=50.0)}, ["Ray"]),
        ({"samples": 19}, ["samples"]),
        ({"levels": [{"multiple": 0.7, "offered a second": 20.0}]}, ["planned"]),
        ({"other answers": {"500": 2}}, ["other than"]),
        ({}, []),
    ],
)
def test_a_soak_is_judged_by_what_grew(changes: dict[str, Any], named: list[str]) -> None:
    """Memory by its slope, what is counted by how much more of it there is."""
    steady = {
        "capacity a second": 40.0,
        "levels": [{"multiple": 0.7, "offered a second": 28.0}],
        "samples": 20,
        "memory": flat(),
        "counts": {"sockets": flat()},
        "counts by part": {"sockets": {"raylet": flat(), "ingress": flat(grown=-5.0)}},
        "Ray objects": flat(),
        "other answers": {},
    }
    found = [one.what for one in judgement.judged({"soak": steady | changes}) if not one.met]
    assert len(found) == len(named)
    assert all(word in what for word, what in zip(named, found, strict=True))


def test_six_people_come_to_the_end_of_their_story() -> None:
    """A run in which nobody was erased has shown nothing, however few its mistakes."""
    steps = {"enrol": {"requests": 3.0, "failures": 0.0}}
    found = [one.what for one in judgement.judged({"mixed": {"steps": steps}}) if not one.met]
    assert found == ["stories told to the end"]


def test_the_measured_configuration_is_the_shipped_one_without_limits(tmp_path: Path) -> None:
    """It is still a good one, and holds one replica of each node."""
    file = tmp_path / "serve_config.yaml"
    file.write_text(under_load(SHIPPED.read_text()))
    deployments = read(file).applications[0].deployments
    scaled = [each for each in deployments if each.name not in ALONE]
    for_each = {tuple(each.autoscaling_config.items()) for each in scaled}
    assert all({("min_replicas", 1), ("max_replicas", 1)} <= set(each) for each in for_each)
    assert deployments[0].user_config["rate_limits"]["image"] == ["100000/second"]
    assert deployments[0].user_config["rate_limits"]["log_in"] == ["60/minute"]
