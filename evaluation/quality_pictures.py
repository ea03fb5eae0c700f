"""Draws error against what was measured: a picture a measure, all packs in it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deployments.vision.quality import GATES
from evaluation.quality_limits import MARGIN, Bin, Thresholds
from evaluation.quality_tables import Curves

_COLOURS = ("tab:blue", "tab:orange", "tab:green", "tab:purple")


def draw(curves: Curves, packs: Mapping[str, Thresholds], folder: Path) -> None:
    """Write MEASURE.svg into the folder for each measure there is a curve of."""
    for measure in dict.fromkeys(name for name, _ in curves):
        figure = Figure(figsize=(7, 5.5), layout="constrained")
        above, below = figure.subplots(2, sharex=True)
        for (pack, thresholds), colour in zip(packs.items(), _COLOURS, strict=False):
            bins = curves[measure, pack]
            _draw_errors(above, bins, pack, colour)
            _draw_cosines(below, bins, thresholds, pack, colour)
        _finish(above, below, measure)
        figure.savefig(folder / f"{measure}.svg", metadata={"Date": None})


def _draw_errors(axes: Axes, bins: Sequence[Bin], pack: str, colour: str) -> None:
    values = [each.value for each in bins]
    axes.plot(values, [100 * each.errors / each.trials for each in bins], "o-", color=colour)
    low = [100 * each.fnmr.low for each in bins]
    high = [100 * each.fnmr.high for each in bins]
    axes.fill_between(values, low, high, color=colour, alpha=0.2, label=f"{pack}, 95 %")


def _draw_cosines(
    axes: Axes, bins: Sequence[Bin], thresholds: Thresholds, pack: str, colour: str
) -> None:
    values = [each.value for each in bins]
    axes.plot(values, [each.median for each in bins], "o-", color=colour, label=f"{pack}, median")
    lowest = [each.lowest for each in bins]
    axes.plot(values, lowest, "s--", color=colour, label=f"{pack}, 5 % quantile")
    axes.axhline(thresholds.identify + MARGIN, color=colour, linewidth=0.8, linestyle=":")


def _finish(above: Axes, below: Axes, measure: str) -> None:
    for axes in (above, below):
        for gate, limit in GATES.items():
            style = "-" if gate == "strict" else "--"
            axes.axvline(getattr(limit, measure), color="grey", linestyle=style, label=gate)
        axes.legend(fontsize="x-small")
        axes.grid(visible=True, alpha=0.3)
    above.set_ylabel("FNMR at the verify threshold, %")
    below.set_ylabel("genuine cosine")
    below.set_xlabel(measure)
