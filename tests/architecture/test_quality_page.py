"""docs/quality.md says what the gates do, and the gates do what the study says."""

import csv
from dataclasses import fields
from pathlib import Path

import pytest

from deployments.hints import HINTS
from deployments.vision.quality import GATES, Gate

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "quality.md").read_text("utf-8")
MORE_IS_BETTER = {"size", "sharpness", "darkest", "score"}


def table() -> dict[str, list[str]]:
    """Return the cells of the page's first table by the name of the measure."""
    lines = PAGE.partition("|---")[2].partition("\n\n")[0].splitlines()[1:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0].split("`")[1]: row for row in cells}


@pytest.mark.parametrize("measure", [field.name for field in fields(Gate)])
def test_the_page_tells_the_limits_in_code(measure: str) -> None:
    """Each limit stands in the table, with a reason that has a hint."""
    _, reason, standard, strict, _ = table()[measure]
    assert reason.strip("`") in HINTS
    assert float(standard) == getattr(GATES["standard"], measure)
    assert float(strict) == getattr(GATES["strict"], measure)


def decided() -> list[dict[str, str]]:
    """Return the limits the page says data chose, as the study found them."""
    by_data = {measure for measure, row in table().items() if row[4].startswith("data")}
    with (DOCS / "quality" / "limits.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["measure"] in by_data]


@pytest.mark.parametrize("row", decided(), ids=lambda row: f"{row['measure']}-{row['gate']}")
def test_no_limit_is_laxer_than_the_rule(row: dict[str, str]) -> None:
    """What data chose is at least as strict as the rule, to within rounding."""
    limit = getattr(GATES[row["gate"]], row["measure"])
    ahead = limit - float(row["rule"])
    assert (ahead if row["measure"] in MORE_IS_BETTER else -ahead) >= -1e-3


@pytest.mark.parametrize("measure", [field.name for field in fields(Gate)])
def test_strict_asks_for_more(measure: str) -> None:
    """Whatever strict lets pass, standard does too."""
    more = getattr(GATES["strict"], measure) - getattr(GATES["standard"], measure)
    assert (more if measure in MORE_IS_BETTER else -more) > 0
