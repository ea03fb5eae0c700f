"""Tables that keep to a width and a height: names and rows give way, and no number is ever cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.table import Column, Table
from rich.text import Text

GAP = 1
LINES_AROUND = 2  # A table's heads, and an empty line above it.


@dataclass(frozen=True, slots=True)
class Row:
    """One line: its name, and its numbers."""

    name: str
    cells: Sequence[Text]


class Part(NamedTuple):
    """A table as it would be; `whole` is one whose rows have room before all others."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Row]
    whole: bool = False


def fitted(parts: Sequence[Part], room: float) -> list[Part]:
    """Return as much of each as fits into so many lines: a row of each in turn, then another."""
    turns = sorted(
        (0 if part.whole else number + 1, place)
        for place, part in enumerate(parts)
        for number in range(len(part.rows))
    )
    given = [0] * len(parts)
    for _, place in turns:
        lines = 1 if given[place] else 1 + LINES_AROUND
        if lines <= room:
            given[place] += 1
            room -= lines
    cut = (part._replace(rows=part.rows[:most]) for part, most in zip(parts, given, strict=True))
    return [part for part in cut if part.rows]


def table(part: Part, width: int) -> Table:
    """Return a table of this width."""
    title, heads, rows, _ = part
    cells = zip(*(row.cells for row in rows), strict=True)
    wide = [max(len(head), *map(len, column)) for head, column in zip(heads, cells, strict=True)]
    room = width - sum(wide) - GAP * len(heads)
    made = Table(
        Column(title, no_wrap=True, width=room),
        *(
            Column(head, justify="right", no_wrap=True, width=w)
            for head, w in zip(heads, wide, strict=True)
        ),
        box=None,
        pad_edge=False,
        padding=(0, GAP, 0, 0),
        header_style="bold cyan",
    )
    for row in rows:
        made.add_row(Text(tail(row.name, room)), *row.cells)
    return made


def tail(name: str, width: int) -> str:
    """Return the end of a name that is too long: routes all begin alike."""
    return name if len(name) <= width else f"…{name[len(name) - width + 1 :]}"
