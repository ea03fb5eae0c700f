"""The stated intervals hold the truth about as often as they say."""

import typer
from typer.testing import CliRunner

from evaluation.calibration import coverage
from evaluation.calibration.coverage import World


def test_intervals_by_people_hold_the_truth_where_independent_ones_do_not() -> None:
    """Where some people look like many, in crowds of the size of a small study."""
    found = coverage.coverage(World(1.0), people=102, calibrations=60)

    assert found.by_people > 0.9
    assert found.as_independent < 0.8


def test_the_table() -> None:
    """One line for each kind of crowd."""
    app = typer.Typer()
    app.command()(coverage.main)
    result = CliRunner().invoke(app, ["--calibrations", "2"])

    assert result.exit_code == 0
    assert len(result.output.splitlines()) == 7
