"""Groups below each other, each with the interval in which its rate lies."""

from collections.abc import Mapping, Sequence
from typing import Final

from evaluation.calibration.findings import Group, Rate
from evaluation.calibration.markup import Markup
from evaluation.calibration.pictures.axes import places, rates
from evaluation.calibration.pictures.plot import Frame, Plot

_LONGEST: Final = 18
_ROW: Final = 44.0
_APART: Final = 10.0

Kind = tuple[str, str]
"""A rate of a group by its field, and what it is called in the key."""

FALSE_MATCHES: Final[tuple[Kind, ...]] = (
    ("within", "with each other"),
    ("mixed", "with all others"),
)
FALSE_NON_MATCHES: Final[tuple[Kind, ...]] = (("fnmr", "FNMR, with 95 %"),)


def forest(title: str, groups: Sequence[Group], kinds: Sequence[Kind]) -> Markup | None:
    """Return the rates of groups of one attribute, the first on top; None where there is none."""
    found = {kind: _found(groups, kind) for kind, _ in kinds}
    values = [value for rate in found.values() for each in rate.values() for value in _ends(each)]
    if not values:
        return None
    last = len(groups) - 1
    names = [_short(group.name) for group in reversed(groups)]
    frame = Frame(height=92 + _ROW * len(groups), left=150)
    plot = Plot(f"{title}, by group", rates(title, values), places("", names), frame)
    for row, ((kind, _), style) in enumerate(zip(kinds, ("first", "second"), strict=False)):
        shift = _APART * (row - (len(kinds) - 1) / 2)
        for place, rate in found[kind].items():
            plot.level(last - place, rate.low, rate.high, style, shift)
            plot.point(rate.value, last - place, style, shift)
    return plot.svg(_key(kinds))


def _found(groups: Sequence[Group], kind: str) -> Mapping[int, Rate]:
    rates_of_kind = (getattr(group, kind) for group in groups)
    return {place: rate for place, rate in enumerate(rates_of_kind) if rate is not None}


def _ends(rate: Rate) -> tuple[float, float]:
    return rate.low, rate.high


def _key(kinds: Sequence[Kind]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (style, words) for (_, words), style in zip(kinds, ("first", "second"), strict=False)
    )


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"
