"""The table of docs/operations.md that says what callers see of each death."""

import re
from collections import Counter
from pathlib import Path

from tests.chaos.deaths import Row

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
BEGIN, END = "<!-- deaths: written by `make chaos` -->", "<!-- end of deaths -->"
HEAD = """\
| what dies | callers see | in the seconds after | whole after | how it heals |
|---|---|---|---|---|
"""


def write_table(rows: list[Row]) -> None:
    """Put the rows between the two markers of the page."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table(rows)}{END}{after}", "utf-8")


def table(rows: list[Row]) -> str:
    """Return the table in Markdown."""
    return HEAD + "".join(f"| {' | '.join(_cells(row))} |\n" for row in rows)


def written() -> list[str]:
    """Return the deaths that the page tells of."""
    between = PAGE.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]
    return re.findall(r"^\| ([^|]+) \|", between, re.MULTILINE)[1:]


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.what,
        _answers(row.answers, row.slowest),
        _span(row),
        f"{row.whole:.1f} s",
        row.healing,
    )


def _span(row: Row) -> str:
    return f"{row.bad[0]:.1f} to {row.bad[1]:.1f}" if row.bad else "none"


def _answers(answers: Counter[str], slowest: float) -> str:
    bad = [f"{count} {outcome}" for outcome, count in answers.most_common() if outcome != "good"]
    told = f"{answers['good']} good, the slowest of all {slowest:.1f} s"
    return ", ".join([*bad, told])
