"""docs/operations.md tells of every death that `make chaos` tries, and of no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.chaos.page import written

CHAOS = Path(__file__).parents[1] / "chaos"


def tried() -> Iterator[str]:
    """Return a pattern for the name of each death in the tests; some have a parameter in it."""
    for file in sorted(CHAOS.glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="death"), args=[_, ast.Constant(value=str(name))]):
                    yield re.escape(name)
                case ast.Call(func=ast.Name(id="death"), args=[_, ast.JoinedStr(values=parts)]):
                    yield "".join(
                        re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+"
                        for part in parts
                    )


def test_every_death_has_a_row() -> None:
    """Whoever adds a death runs `make chaos`, and whoever renames one does so too."""
    rows, deaths = written(), set(tried())

    assert deaths
    assert [each for each in deaths if not any(re.fullmatch(each, row) for row in rows)] == []
    assert [row for row in rows if not any(re.fullmatch(each, row) for each in deaths)] == []
