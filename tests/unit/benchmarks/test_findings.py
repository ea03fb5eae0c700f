"""A target is kept or missed by the figure itself, and the table says which."""

import pytest
from rich.console import Console

from benchmarks.measures.findings import Finding, at_least, at_most, interval, table
from benchmarks.measures.race import Ratio


@pytest.mark.parametrize(
    ("finding", "met"),
    [
        (at_least("p", "speed", 2.0, 2.0), True),
        (at_least("p", "speed", 2.0, 1.99), False),
        (at_most("p", "time", 1.1, 1.1), True),
        (at_most("p", "time", 1.1, 1.11), False),
        (at_least("p", "speed", 2.0, Ratio(2.1, 1.8, 2.4)), True),
    ],
)
def test_a_target_is_met_by_the_figure(finding: Finding, met: bool) -> None:
    """On the limit is kept; the interval is told, and decides nothing."""
    assert finding.met is met


def test_the_table_tells_target_figure_interval_and_verdict() -> None:
    """One row a finding."""
    console = Console(width=120, record=True, quiet=False, file=None)
    with console.capture() as captured:
        console.print(table([at_least("pack", "speed", 2, Ratio(1.5, 1.4, 1.6))]))
    assert "≥ 2" in captured.get()
    assert "1.4 to 1.6" in captured.get()
    assert "MISSED" in captured.get()


def test_a_plain_figure_has_no_interval() -> None:
    """Nothing is written where nothing was drawn."""
    assert interval(at_most("p", "time", 1.1, 1.0)) == ""
