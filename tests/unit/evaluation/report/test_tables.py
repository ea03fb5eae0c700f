"""The tables hold what the findings hold, for programs that read CSV."""

import csv
from dataclasses import replace
from io import StringIO

import pytest

from evaluation.calibration.tables import tables
from tests.unit.evaluation.report.examples import bare, calibration, hostile


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a table."""
    return list(csv.DictReader(StringIO(tables(calibration())[name])))


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("operating_points", 5),
        ("finer_points", 2),
        ("curve", 61),
        ("histogram", 100),
        ("galleries", 14),
        ("groups", 3),
        ("disparities", 2),
        ("sensitivity", 12),
    ],
)
def test_a_row_a_finding(name: str, count: int) -> None:
    """Nothing is left out, and nothing told twice."""
    assert len(rows(name)) == count


def test_figures_are_exact() -> None:
    """A rate is told to its last digit, with both intervals and what was counted."""
    row = rows("operating_points")[1]
    fmr = calibration().operating_points[1].fmr

    assert fmr is not None
    assert float(row["fmr"]) == fmr.value
    assert float(row["fmr_high"]) == fmr.high
    assert float(row["fmr_independent_high"]) == fmr.independent_high
    assert (row["fmr_errors"], row["fmr_trials"], row["far_3"]) == ("4", "5100", "0.002351")


def test_a_refused_target_has_no_threshold() -> None:
    """Where there is no figure the cell is empty, and the reason stands beside it."""
    row = rows("operating_points")[2]

    assert (row["target_fmr"], row["threshold"], row["fmr"]) == ("0.0001", "", "")
    assert "30,000" in row["refusal"]


def test_no_table_without_rows() -> None:
    """A table of nothing is no text, not a header."""
    assert tables(bare())["groups"] == ""


def test_no_cell_is_a_formula() -> None:
    """A name that a spreadsheet would compute has an apostrophe before it; numbers have not."""
    whole = calibration()
    group = replace(whole.groups[0], attribute="=cmd()", name="@sum")
    written = tables(replace(whole, groups=(group,)))

    assert "'=cmd(),'@sum," in written["groups"]
    assert "-1.0,-0.98," in written["histogram"]


def test_markup_is_left_to_the_page() -> None:
    """A name is told as it is, quoted by the rules of CSV."""
    text = tables(hostile())["disparities"]

    assert next(csv.DictReader(StringIO(text)))["attribute"].startswith("<img src=x")
