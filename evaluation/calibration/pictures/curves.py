"""Both errors against each other: DET and ROC, with the thresholds that were chosen."""

from collections.abc import Callable, Iterator, Sequence
from math import floor
from typing import Final

from evaluation.calibration.findings import CurvePoint, OperatingPoint, Rate
from evaluation.calibration.markup import Markup
from evaluation.calibration.pictures.axes import MOST_DEVIATE, Axis, deviates, linear, rates
from evaluation.calibration.pictures.plot import Plot
from evaluation.calibration.wording import one_in, percent

_FMR: Final = "FMR: comparisons of two people that match"
_MOST_TICKS: Final = 6
_KEY: Final = (("first", "every threshold"), ("second", "chosen for a target FMR, with 95 %"))


def det(curve: Sequence[CurvePoint], points: Sequence[OperatingPoint]) -> Markup:
    """Return the DET curve: FNMR against FMR, both as normal deviates."""
    told = [point for point in curve if max(point.fmr, point.fnmr) <= MOST_DEVIATE]
    chosen = list(_measured(points))
    fmrs = (*(point.fmr for point in told), *(fmr.low for _, fmr, _ in chosen))
    fnmrs = (*(point.fnmr for point in told), *(fnmr.low for _, _, fnmr in chosen))
    x = deviates(_FMR, fmrs)
    y = deviates("FNMR: comparisons of one person that fail", fnmrs)
    plot = Plot("DET curve: FNMR against FMR, on normal-deviate axes", x, y)
    return _drawn(plot, told, points, lambda fnmr: fnmr)


def roc(curve: Sequence[CurvePoint], points: Sequence[OperatingPoint]) -> Markup:
    """Return the ROC curve: 1 - FNMR against FMR on a logarithm."""
    x = rates(_FMR, (point.fmr for point in curve))
    plot = Plot("ROC curve: 1 - FNMR against FMR, on a logarithmic axis", x, _matches(curve))
    return _drawn(plot, curve, points, lambda fnmr: 1 - fnmr)


def _drawn(
    plot: Plot,
    curve: Sequence[CurvePoint],
    points: Sequence[OperatingPoint],
    height: Callable[[float], float],
) -> Markup:
    plot.line([(point.fmr, height(point.fnmr)) for point in curve], "first")
    for _, fmr, fnmr in _measured(points):
        plot.level(height(fnmr.value), fmr.low, fmr.high, "second")
        plot.upright(fmr.value, height(fnmr.low), height(fnmr.high), "second")
        plot.point(fmr.value, height(fnmr.value), "second")
    for (fmr_there, fnmr_there), targets in _named(points).items():
        plot.words(fmr_there, height(fnmr_there), ", ".join(targets))
    return plot.svg(_KEY)


def _named(points: Sequence[OperatingPoint]) -> dict[tuple[float, float], list[str]]:
    """Return the targets at each place: several share one where no error was seen."""
    named: dict[tuple[float, float], list[str]] = {}
    for target, fmr, fnmr in _measured(points):
        named.setdefault((fmr.value, fnmr.value), []).append(one_in(target))
    return named


def _measured(points: Sequence[OperatingPoint]) -> Iterator[tuple[float, Rate, Rate]]:
    for point in points:
        if point.fmr is not None and point.fnmr is not None:
            yield point.target_fmr, point.fmr, point.fnmr


def _matches(curve: Sequence[CurvePoint]) -> Axis:
    """Return an axis of matches down to the tenth that the curve reaches while it has an FMR."""
    least = min((1 - point.fnmr for point in curve if point.fmr > 0), default=0.0)
    lowest = 10 * min(floor(10 * least), 9)
    step = next(step for step in (2, 5, 10, 20) if 100 - lowest <= _MOST_TICKS * step)
    ticks = [(each / 100, percent(each / 100)) for each in range(100, lowest - 1, -step)]
    return linear("1 - FNMR: comparisons of one person that match", lowest / 100, 1.0, ticks)
