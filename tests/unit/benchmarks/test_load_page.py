"""The page and the picture hold what the result file holds, for whichever phases were run."""

from pathlib import Path
from typing import Any

import pytest
from matplotlib.image import imread

from benchmarks.load import page, picture
from tests.unit.benchmarks.rows import PROVENANCE

FLAT = {"slope": 0.01, "low": -0.1, "high": 0.1, "grown": 0.5}
COMMON = PROVENANCE | {"people": 2000, "capacity a second": 40.0, "other answers": {}}


def step(multiple: float, accepted: float) -> dict[str, Any]:
    """Return the figures of a step with invented latencies."""
    offered = 40 * multiple
    rates = {
        "offered a second": offered,
        "accepted a second": accepted,
        "refused a second": offered - accepted,
    }
    latencies = {"p50 ms": 50.0, "p95 ms": 90.0, "p99 ms": 123.0}
    return {"multiple": multiple, "CPU": {"ingress": 0.2}} | rates | latencies


RAMP = COMMON | {
    "steps": [step(0.8, 32.0), step(3.0, 39.0), step(0.4, 16.0)],
    "levels": [step(0.4, 16.0), step(0.8, 32.0), step(3.0, 39.0)],
    "each second": [(32, 32, 0, 50.0), (120, 39, 81, 60.0), (0, 0, 0, None)],
    "refused, timed by the prober": {"probes": 9, "p50 ms": 7.5},
    "CPU ms": {
        kind: {"ingress": ms, "embedder": 2 * ms}
        for kind, ms in (("accepted", 4.0), ("refused", 0.25), ("idle second", 50.0))
    },
}
SOAK = COMMON | {
    "minutes": 20.0,
    "levels": [{"multiple": 0.7, "offered a second": 28.0}],
    "samples": 120,
    "memory": FLAT,
    "memory by part": {"ingress": FLAT},
    "counts": {"sockets": FLAT},
    "counts by part": {"sockets": {"ingress": FLAT}},
    "Ray objects": FLAT,
}
MIXED = PROVENANCE | {
    "people": 2000,
    "steps": {"enrol": {"requests": 12.0, "failures": 0.0, "p50 ms": 80.0, "p99 ms": 99.0}},
}
PHASES: dict[str, dict[str, Any]] = {"ramp": RAMP, "levels": RAMP, "soak": SOAK, "mixed": MIXED}


@pytest.mark.parametrize(
    "line",
    [
        "| levels | p99 of accepted at 3 times capacity, of that at 0.8 | ≤ 2 | 1 |  | met |",
        "| ramp | 429 timed by the prober, median ms | ≤ 50 | 7.5 |  | met |",
        "| 0.8 | 32 | 32 | 0 | 50 | 90 | 123 | 0.2 |",
        "| embedder | 8 | 0.5 | 100 |",
        "| **all** | 12 | 0.75 | 150 |",
        "| ingress | 0.01 | -0.1 to 0.1 | 0.5 |",
        "| enrol | 12 | 0 | 80 | 99 |",
        "| levels | 2026-01-02 | abc1234 | 2000 | 40 | 16 to 120 | Some CPU, 2 cores, avx2 |",
        "| soak | 2026-01-02 | abc1234 | 2000 | 40 | 28 | Some CPU, 2 cores, avx2 |",
        "| mixed | 2026-01-02 | abc1234 | 2000 |  |  | Some CPU, 2 cores, avx2 |",
    ],
)
def test_the_page_has_a_line_for_each_figure(line: str) -> None:
    """Bounds, levels, costs and memory by part, stories, and where all of it was seen."""
    assert line in page.render(PHASES).splitlines()


def test_a_phase_that_was_not_run_has_no_section() -> None:
    """A page of the ramp alone says nothing of memory."""
    assert "Memory over" not in page.render({"ramp": RAMP})


@pytest.mark.parametrize("phases", [{"ramp": RAMP}, {"ramp": RAMP, "spike": RAMP}])
def test_the_picture_is_drawn_with_and_without_a_spike(
    phases: dict[str, Any], tmp_path: Path
) -> None:
    """It is of one size, and something is drawn on it."""
    picture.draw(phases, tmp_path / "load.png")
    drawn = imread(tmp_path / "load.png")
    assert drawn.shape[:2] == (912, 1320)
    assert drawn.std() > 0.05
