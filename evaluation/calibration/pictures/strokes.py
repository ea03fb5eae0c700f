"""The few shapes that pictures are made of, in units of the picture."""

from typing import Final

from evaluation.calibration.markup import Markup, element

STYLES: Final = ("first", "second", "third", "fourth")
"""Names that the page's style sheet knows: each has its colour and its dash, here its mark."""

_REACH: Final = 4.5


def stroke(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """Return a straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind)


def text(x: float, y: float, words: str, kind: str) -> Markup:
    """Return words that begin at a point, or end or are centred there, as `kind` says."""
    return element("text", words, x=x, y=y, class_=kind)


def mark(x: float, y: float, style: str) -> Markup:
    """Return the mark of a style: a dot, an open square, a triangle, an open diamond."""
    kind = f"mark {style}"
    if style == "first":
        return element("circle", cx=x, cy=y, r=_REACH, class_=kind)
    corners = {
        "second": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
        "third": ((0, -1.2), (1.2, 1), (-1.2, 1)),
        "fourth": ((0, -1.4), (1.4, 0), (0, 1.4), (-1.4, 0)),
    }[style]
    path = "L".join(f"{x + _REACH * right:.1f},{y + _REACH * down:.1f}" for right, down in corners)
    return element("path", d=f"M{path}Z", class_=kind)
