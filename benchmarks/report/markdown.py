"""Tables and numbers as Markdown."""

from collections.abc import Iterable, Sequence
from textwrap import fill
from typing import Any

_WIDTH = 105


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; numbers are written with what digits say something."""
    lines = [header, ["---"] * len(header), *([cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(value: object) -> str:
    """Write a number with three digits and never with an exponent; anything else as it is."""
    if not isinstance(value, float):
        return str(value)
    if abs(value) >= 100:  # noqa: PLR2004 - from here on all three stand before the point
        return f"{value:.0f}"
    return f"{value:.3g}"


def percent(rate: dict[str, Any]) -> str:
    """Write an error rate with its interval and the errors behind it."""
    low, high = 100 * rate["low"], 100 * rate["high"]
    counted = f"{rate['errors']} of {rate['pairs']}"
    return f"{100 * rate['fnmr']:.1f} % [{low:.1f}, {high:.1f}], {counted}"


def paragraph(text: str) -> str:
    """Return a paragraph as lines of the page's width, however it was put together."""
    return fill(" ".join(text.split()), _WIDTH, break_long_words=False, break_on_hyphens=False)
