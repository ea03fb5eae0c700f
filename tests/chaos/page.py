"""The table of docs/operations.md that says what callers see of each death."""

import re
from collections import Counter
from pathlib import Path

from tests.chaos.deaths import Row

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
BEGIN, END = "<!-- deaths: written by `make chaos` -->", "<!-- end of deaths -->"
HEAD = """\
| what dies | callers see | bad answers, s after | slowest answer | whole after | how it heals |
|---|---|---|---|---|---|
"""


def write_table(rows: list[Row]) -> None:
    """Put the rows between the two markers of the page."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table(rows)}{END}{after}", "utf-8")


def table(rows: list[Row]) -> str:
    """Return the table in Markdown, in the order in which somebody looks for a name."""
    ordered = sorted(rows, key=lambda row: row.what.casefold())
    return HEAD + "".join(f"| {' | '.join(_cells(row))} |\n" for row in ordered)


def written() -> list[str]:
    """Return the deaths that the page tells of."""
    between = PAGE.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]
    return re.findall(r"^\| ([^|]+) \|", between, re.MULTILINE)[1:]


def _cells(row: Row) -> tuple[str, ...]:
    bad = f"{row.bad[0]:.1f} to {row.bad[1]:.1f}" if row.bad else "none"
    seen, slowest, whole = _answers(row.answers), f"{row.slowest:.1f} s", f"{row.whole:.1f} s"
    return row.what, seen, bad, slowest, whole, row.healing


def _answers(answers: Counter[str]) -> str:
    bad = [f"{count} {outcome}" for outcome, count in answers.most_common() if outcome != "good"]
    return "; ".join([f"{answers['good']} of {answers.total()} good", *bad])
