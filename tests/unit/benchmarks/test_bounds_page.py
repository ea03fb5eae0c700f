"""docs/bounds.md says what was found, and whether it is met."""

from typing import Any

from benchmarks.bounds_page import BOUNDS, REPORTED, render
from tests.unit.benchmarks.rows import PROVENANCE

FIGURES = dict.fromkeys(REPORTED, 12.5) | {name: most / 2 for name, most in BOUNDS.items()}
PARTS = {"CPU ms a request: ingress": 3.0, "CPU ms a request: embedder": 12.0, "PSS, MB: gcs": 50.0}


def page(**other: float) -> str:
    """Return the page of those figures, some of them other."""
    document: dict[str, Any] = {**PROVENANCE, "figures": {**FIGURES, **PARTS, **other}}
    return render(document)


def test_a_bound_is_met_or_missed() -> None:
    """At the bound it is met, beyond it is not."""
    assert "| idle, cores | 0.25 | 0.25 | met |" in page(**{"idle, cores": 0.25})
    assert "| idle, cores | 0.25 | 0.3 | MISSED |" in page(**{"idle, cores": 0.3})


def test_the_dearest_part_comes_first() -> None:
    """What a part was not measured for stays empty."""
    rows = [line for line in page().splitlines() if line.startswith(("| embedder", "| ingress"))]

    assert rows == ["| embedder | 12 |  |  |", "| ingress | 3 |  |  |"]
