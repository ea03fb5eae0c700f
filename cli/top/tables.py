"""Tables that keep to a width: what names a row gives way, and no number is ever cut."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Column, Table
from rich.text import Text

GAP = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One line: its name, and its numbers."""

    name: str
    cells: Sequence[Text]


def table(title: str, heads: Sequence[str], rows: Sequence[Row], width: int) -> Table | None:
    """Return a table of this width, None of no rows."""
    if not rows:
        return None
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
