"""How similarities of one person's photos and of two people's lie apart."""

from collections.abc import Sequence
from math import floor

from evaluation.calibration.findings import Histogram, OperatingPoint
from evaluation.calibration.markup import Markup
from evaluation.calibration.pictures.axes import Axis, linear, rates
from evaluation.calibration.pictures.plot import Plot
from evaluation.calibration.wording import one_in

_ROWS = 5
"""Over as many rows the words of neighbouring thresholds are spread."""


def scores(histogram: Histogram, points: Sequence[OperatingPoint]) -> Markup:
    """Return the share of either kind of comparison in each bin, and the thresholds chosen."""
    genuine, impostor = _shares(histogram.genuine), _shares(histogram.impostor)
    y = rates("Share of its kind", (*genuine, *impostor))
    plot = Plot("Histogram of similarities", _similarity(histogram), y)
    for shares, style in ((impostor, "second"), (genuine, "first")):
        outline = _steps(histogram.edges, shares)
        plot.area(outline, style)
        plot.line(outline, style)
    chosen = [point for point in points if point.threshold is not None]
    for row, point in enumerate(chosen):
        plot.rule(point.threshold or 0.0, one_in(point.target_fmr), row % _ROWS)
    return plot.svg((("first", "one person"), ("second", "two people")))


def _shares(counts: Sequence[int]) -> list[float]:
    whole = sum(counts) or 1
    return [each / whole for each in counts]


def _similarity(histogram: Histogram) -> Axis:
    """Return an axis over the bins that hold something, to the tenth."""
    pairs = zip(histogram.genuine, histogram.impostor, strict=True)
    held = [place for place, counts in enumerate(pairs) if any(counts)] or [0]
    low, high = histogram.edges[held[0]], histogram.edges[held[-1] + 1]
    tenths = range(floor(round(10 * low, 6)), -floor(-round(10 * high, 6)) + 1)
    ticks = [(tenth / 10, f"{tenth / 10:.1f}") for tenth in tenths]
    return linear("Similarity (cosine)", ticks[0][0], ticks[-1][0], ticks)


def _steps(edges: Sequence[float], shares: Sequence[float]) -> list[tuple[float, float]]:
    """Return the corners of a histogram's outline."""
    bins = zip(edges[:-1], edges[1:], shares, strict=True)
    return [corner for low, high, share in bins for corner in ((low, share), (high, share))]
