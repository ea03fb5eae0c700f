"""What one kind of damage does to photos, level by level, at one threshold."""

from collections.abc import Sequence
from typing import Final

from evaluation.calibration.findings import Sensitivity
from evaluation.calibration.markup import Markup
from evaluation.calibration.pictures.axes import linear, places
from evaluation.calibration.pictures.plot import Frame, Plot
from evaluation.calibration.wording import number, percent

_SMALL: Final = Frame(width=340, height=250, left=62, right=12, top=30, bottom=50)
_QUARTERS: Final = tuple((quarter / 4, percent(quarter / 4)) for quarter in range(5))


def damage(levels: Sequence[Sensitivity]) -> Markup:
    """Return FNMR and photos without a face against the levels of one damage, in their order.

    Levels stand equally far apart, for some are meant as steps of a logarithm and some are not.
    """
    first = levels[0]
    labels = [number(each.level) for each in levels]
    share = linear("Share that fails", 0.0, 1.0, _QUARTERS)
    plot = Plot(
        f"Failures against {first.damage}", places(first.unit or "level", labels), share, _SMALL
    )
    plot.line([(place, each.not_acquired.value) for place, each in enumerate(levels)], "second")
    plot.line([(place, each.fnmr.value) for place, each in enumerate(levels)], "first")
    for place, each in enumerate(levels):
        plot.point(place, each.not_acquired.value, "second")
        plot.upright(place, each.fnmr.low, each.fnmr.high, "first")
        plot.point(place, each.fnmr.value, "first")
    return plot.svg((("first", "FNMR, 95 %"), ("second", "not acquired")))
