"""Pages of figures say what their result files say: whoever edits one of the two edits both."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import bounds_page
from benchmarks.load import page as load_page
from benchmarks.performance import page, result
from benchmarks.report import page as models_page

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"


def read(path: Path) -> Any:
    """Return what a file of JSON holds."""
    return json.loads(path.read_text())


def test_the_report_is_of_the_last_run() -> None:
    """`make bench BENCH_ARGS=--render` writes PERFORMANCE.md anew."""
    if not result.kept():
        pytest.skip("no whole run of `make bench` has been kept yet")
    assert (ROOT / "PERFORMANCE.md").read_text() == page.render(result.last())


def test_the_bounds() -> None:
    """`make bench-bounds` writes docs/bounds.md."""
    assert bounds_page.PAGE.read_text() == bounds_page.render(read(RESULTS / "bounds.json"))


def test_the_load() -> None:
    """`make load LOAD_ARGS=--render` writes docs/load.md anew."""
    told = read(RESULTS / "load" / "load.json")
    assert (ROOT / "docs" / "load.md").read_text() == load_page.render(told)


def test_the_models() -> None:
    """`make bench-models` writes docs/models.md."""
    assert (ROOT / "docs" / "models.md").read_text() == models_page.render(RESULTS)
