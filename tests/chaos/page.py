"""The table of docs/operations.md that says what callers see of each death."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
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
    PAGE.write_text(renewed(PAGE.read_text("utf-8"), rows), "utf-8")


def renewed(page: str, rows: list[Row]) -> str:
    """Return the page with these rows, and those of before whose deaths are tried still.

    In the order in which somebody looks for a name.
    """
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    kept = {what: line for what, line in told(page).items() if is_tried(what)}
    lines = kept | {row.what: f"| {' | '.join(_cells(row))} |\n" for row in rows}
    table = HEAD + "".join(lines[what] for what in sorted(lines, key=str.casefold))
    return f"{before}{BEGIN}\n{table}{END}{after}"


def told(page: str) -> dict[str, str]:
    """Return the rows of the deaths that a page tells of."""
    between = page.partition(BEGIN)[2].partition(END)[0].partition(HEAD)[2]
    return {line.split(" | ")[0][2:]: line for line in between.splitlines(keepends=True)}


def is_tried(what: str) -> bool:
    """Tell whether a test lets that die."""
    return any(re.fullmatch(each, what) for each in tried())


def tried() -> Iterator[str]:
    """Return a pattern for the name of each death in the tests; some have a parameter in it."""
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="death"), args=[_, ast.Constant(value=str(name))]):
                    yield re.escape(name)
                case ast.Call(func=ast.Name(id="death"), args=[_, ast.JoinedStr(values=parts)]):
                    yield "".join(
                        re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+"
                        for part in parts
                    )


def _cells(row: Row) -> tuple[str, ...]:
    bad = f"{row.bad[0]:.1f} to {row.bad[1]:.1f}" if row.bad else "none"
    seen, slowest, whole = _answers(row.answers), f"{row.slowest:.1f} s", f"{row.whole:.1f} s"
    return row.what, seen, bad, slowest, whole, row.healing


def _answers(answers: Counter[str]) -> str:
    bad = [f"{count} {outcome}" for outcome, count in answers.most_common() if outcome != "good"]
    return "; ".join([f"{answers['good']} of {answers.total()} good", *bad])
