"""The paper of a picture: a frame with two axes, and lines, marks, bars and words within.

What is drawn names a style, `first` to `fourth`, which gives colour, dash and mark together: no
picture is to be read by its colours alone. The page's style sheet says what each looks like.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from evaluation.calibration.markup import Markup, element
from evaluation.calibration.pictures.axes import Axis
from evaluation.calibration.pictures.strokes import mark, stroke, text

_LETTER: Final = 7.0
"""About the width of a letter, in units of the picture."""

_LINE: Final = 18.0


@dataclass(frozen=True, slots=True)
class Frame:
    """How large a picture is, and how much about the axes is left for words; in its own units."""

    width: float = 640.0
    height: float = 400.0
    left: float = 84.0
    right: float = 28.0
    top: float = 36.0
    bottom: float = 56.0


@dataclass(slots=True)
class Plot:
    """One picture; `name` is for whoever hears it instead of seeing it."""

    name: str
    x: Axis
    y: Axis
    frame: Frame = field(default_factory=Frame)
    _drawn: list[Markup] = field(default_factory=list)
    _marked: set[str] = field(default_factory=set)

    def line(self, points: Iterable[tuple[float, float]], style: str) -> None:
        """Join points, (x, y) each, in their order."""
        corners = " ".join(f"{self._across(x):.1f},{self._down(y):.1f}" for x, y in points)
        self._drawn.append(element("polyline", points=corners, class_=f"line {style}"))

    def area(self, points: Sequence[tuple[float, float]], style: str) -> None:
        """Fill what lies between points, in their order, and the lower edge."""
        first, last = self._across(points[0][0]), self._across(points[-1][0])
        corners = "".join(f"L{self._across(x):.1f},{self._down(y):.1f}" for x, y in points)
        path = f"M{first:.1f},{self._bottom:.1f}{corners}L{last:.1f},{self._bottom:.1f}Z"
        self._drawn.append(element("path", d=path, class_=f"area {style}"))

    def point(self, x: float, y: float, style: str, shift: float = 0.0) -> None:
        """Put the style's mark; `shift` moves it down, in units of the picture."""
        self._marked.add(style)
        self._drawn.append(mark(self._across(x), self._down(y) + shift, style))

    def upright(self, x: float, low: float, high: float, style: str) -> None:
        """Draw an interval of y."""
        across = self._across(x)
        self._drawn.append(
            stroke(across, self._down(low), across, self._down(high), f"bar {style}")
        )

    def level(self, y: float, low: float, high: float, style: str, shift: float = 0.0) -> None:
        """Draw an interval of x; `shift` moves it down, in units of the picture."""
        down = self._down(y) + shift
        self._drawn.append(
            stroke(self._across(low), down, self._across(high), down, f"bar {style}")
        )

    def rule(self, x: float, words: str, row: int = 0) -> None:
        """Draw a line from top to bottom, with words at its upper end in one of several rows."""
        across = self._across(x)
        self._drawn.append(stroke(across, self.frame.top, across, self._bottom, "rule"))
        self._write(across, self.frame.top + 14 + 16 * row, words, 5)

    def words(self, x: float, y: float, words: str) -> None:
        """Write above a point, or below it at the top; to its right, or to its left at an edge."""
        down = self._down(y)
        above = down - 9 if down > self.frame.top + _LINE else down + _LINE
        self._write(self._across(x), above, words, 9)

    def svg(self, key: Sequence[tuple[str, str]] = ()) -> Markup:
        """Return the picture; `key` tells each style and what it stands for, in a row above."""
        return element(
            "svg",
            *self._axes(),
            *self._drawn,
            *self._key(key),
            viewBox=f"0 0 {self.frame.width:g} {self.frame.height:g}",
            role="img",
            aria_label=self.name,
        )

    def _axes(self) -> Iterable[Markup]:
        left, right, top, bottom = self.frame.left, self._right, self.frame.top, self._bottom
        yield from self._ticks_across()
        yield from self._ticks_up()
        yield stroke(left, bottom, right, bottom, "axis")
        yield stroke(left, top, left, bottom, "axis")
        yield text((left + right) / 2, self.frame.height - 12, self.x.title, "title middle")
        turned = f"translate(15 {(top + bottom) / 2:.1f}) rotate(-90)"
        yield element("text", self.y.title, class_="title middle", transform=turned)

    def _ticks_across(self) -> Iterable[Markup]:
        """Yield a line a tick, and its label where the one before leaves room for it."""
        free = 0.0
        for value, label in self.x.ticks:
            across, half = self._across(value), _LETTER * len(label) / 2
            yield stroke(across, self.frame.top, across, self._bottom, "grid")
            if across - half >= free:
                yield text(across, self._bottom + 18, label, "tick middle")
                free = across + half + _LETTER

    def _ticks_up(self) -> Iterable[Markup]:
        for value, label in self.y.ticks:
            down = self._down(value)
            yield stroke(self.frame.left, down, self._right, down, "grid")
            yield text(self.frame.left - 8, down + 4, label, "tick end")

    def _key(self, entries: Sequence[tuple[str, str]]) -> Iterable[Markup]:
        across = self.frame.left
        for style, words in entries:
            yield stroke(across, 14, across + 30, 14, f"line {style}")
            if style in self._marked:
                yield mark(across + 15, 14, style)
            yield text(across + 37, 18, words, "note")
            across += 37 + _LETTER * len(words) + 18

    def _write(self, x: float, y: float, words: str, apart: float) -> None:
        beyond = x + apart + _LETTER * len(words) > self._right
        kind = "note end" if beyond else "note"
        self._drawn.append(text(x - apart if beyond else x + apart, y, words, kind))

    @property
    def _right(self) -> float:
        return self.frame.width - self.frame.right

    @property
    def _bottom(self) -> float:
        return self.frame.height - self.frame.bottom

    def _across(self, value: float) -> float:
        return self.frame.left + self.x.place(value) * (self._right - self.frame.left)

    def _down(self, value: float) -> float:
        return self._bottom - self.y.place(value) * (self._bottom - self.frame.top)
