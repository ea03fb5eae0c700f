"""The report, as a person or a program reads it."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Final, TypeAlias

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.doctor.findings import Finding, Level

Told: TypeAlias = tuple[str, Finding]
"""A finding under its topic."""

SIGNS: Final[dict[Level, tuple[str, str]]] = {
    "good": ("✓", "green"),
    "doubtful": ("!", "yellow"),
    "bad": ("✗", "bold red"),
}


def tell(told: Iterable[Told], console: Console) -> list[Told]:
    """Print each finding as it comes, under its topic, and return them all."""
    heard: list[Told] = []
    for topic, finding in told:
        if not heard or heard[-1][0] != topic:
            console.print(Text(topic, "bold"))
        console.print(_line(finding))
        heard.append((topic, finding))
    return heard


def summary(told: Iterable[Told]) -> str:
    """Return how it stands, in one sentence."""
    levels = [finding.level for _, finding in told]
    bad, doubtful = levels.count("bad"), levels.count("doubtful")
    verdict = f"{bad} to mend" if bad else "Nothing has to be mended"
    return f"{verdict}; {doubtful} to know of, {levels.count('good')} well."


def json_of(told: Iterable[Told]) -> str:
    """Return the findings as a list of objects."""
    rows = [{"topic": topic, **asdict(finding)} for topic, finding in told]
    return json.dumps(rows, indent=2, ensure_ascii=False)


def _line(finding: Finding) -> Table:
    """Return sign, name, and what was found with what to mend under it, wrapped beside them."""
    sign, style = SIGNS[finding.level]
    row = Table.grid(padding=(0, 1, 0, 0))
    row.add_column(width=3, justify="right")
    row.add_column(width=18)
    row.add_column()
    found = Text(finding.found)
    if finding.mend:
        found.append(f"\n→ {finding.mend}", style.removeprefix("bold "))
    row.add_row(Text(sign, style), Text(finding.what), found)
    return row
