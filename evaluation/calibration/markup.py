"""Elements of HTML and SVG, in which nothing stands that was not escaped.

What comes out is well-formed XML as well, so that a page can be checked by any parser of it.
"""

from collections.abc import Iterable
from html import escape

_EMPTY = frozenset({"meta", "br", "path", "line", "rect", "circle", "polyline"})


class Markup(str):
    """Text that was escaped; any other string is escaped where it goes in."""

    __slots__ = ()


def element(name: str, *children: str, **attributes: str | float | None) -> Markup:
    """Return an element; an attribute's `_` stands for `-`, one of None is left out.

    A trailing `_` keeps names of Python's own apart, as in `class_`.
    """
    head = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _EMPTY:
        return Markup(f"<{name}{head}/>")
    return Markup(f"<{name}{head}>{together(children)}</{name}>")


def together(parts: Iterable[str]) -> Markup:
    """Return the parts one after the other."""
    return Markup("".join(_escaped(part) for part in parts))


def _attribute(key: str, value: str | float | None) -> str:
    if value is None:
        return ""
    shown = f"{value:.2f}" if isinstance(value, float) else str(value)
    return f' {key.removesuffix("_").replace("_", "-")}="{escape(shown)}"'


def _escaped(part: str) -> str:
    return part if isinstance(part, Markup) else escape(part)
