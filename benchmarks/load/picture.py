"""The picture of docs/load.md: what the service does with what it is offered, and over time.

Colours are Okabe and Ito's, which people tell apart however they see colours; lines differ in
their dashes too.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from benchmarks.load.judgement import HIGHEST
from locustfiles.steps import SPIKE

BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#777777"
PERCENTILES = (("p50 ms", GREEN, ":"), ("p95 ms", ORANGE, "--"), ("p99 ms", RED, "-"))

Figures = dict[str, Any]


def draw(phases: dict[str, Figures], path: Path) -> None:
    """Draw the ramp against what was offered, then it and the spike, if it was run, in time."""
    figure = Figure(figsize=(11, 7.6), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(2, 2)
    ramp = phases["ramp"]
    _throughput(panels[0][0], ramp)
    _latency(panels[0][1], ramp)
    _in_time(panels[1][0], ramp, f"Ramp: idle to {HIGHEST} and back")
    if "spike" in phases:
        top = max(step.multiple for step in SPIKE)
        _in_time(panels[1][1], phases["spike"], f"Spike: {top:g} times capacity out of nothing")
    else:
        panels[1][1].set_visible(False)
    figure.savefig(path, dpi=120, metadata={"Software": None})


def _throughput(axes: Axes, ramp: Figures) -> None:
    """Draw what was accepted and refused at each height; steps are dots, hollow on the way back."""
    up, down = _ways(ramp["steps"])
    capacity = ramp["capacity a second"]
    top = max(step["offered a second"] for step in ramp["steps"])
    axes.plot([0, top], [0, top], color=GREY, linewidth=1, linestyle="--", label="offered")
    axes.axhline(capacity, color=GREY, linewidth=1, linestyle=":")
    axes.text(top, capacity, f"capacity {capacity:.0f}/s", color=GREY, va="bottom", ha="right")
    for name, colour, marker in (("accepted", BLUE, "o"), ("refused", RED, "s")):
        _line(axes, ramp["levels"], f"{name} a second", color=colour, linewidth=2, label=name)
        dots = {"color": colour, "marker": marker, "markersize": 5, "linestyle": ""}
        _line(axes, up, f"{name} a second", **dots)
        _line(axes, down, f"{name} a second", **dots, markerfacecolor="white",
              label=f"{name}, on the way back")  # fmt: skip
    axes.set(xlabel="offered, requests a second", ylabel="answers a second", xlim=0, ylim=0)
    axes.set_title("Throughput")
    axes.legend(loc="upper left", frameon=False)
    _clean(axes)


def _latency(axes: Axes, ramp: Figures) -> None:
    """Draw percentiles of who was accepted over what was offered at each height."""
    for name, colour, dashes in PERCENTILES:
        _line(axes, ramp["levels"], name, color=colour, linestyle=dashes, marker="o", markersize=4,
              label=name.removesuffix(" ms"))  # fmt: skip
    axes.axvline(ramp["capacity a second"], color=GREY, linewidth=1, linestyle=":")
    axes.set(xlabel="offered, requests a second", ylabel="milliseconds", xlim=0, ylim=0)
    axes.set_title("Latency of accepted requests")
    axes.legend(loc="upper left", frameon=False)
    _clean(axes)


def _in_time(axes: Axes, figures: Figures, title: str) -> None:
    """Stack accepted and refused second by second, and lay the median latency over them."""
    rows = figures["each second"]
    seconds = np.arange(len(rows))
    sent, accepted, refused, median = (
        np.array([row[column] if row[column] is not None else np.nan for row in rows], dtype=float)
        for column in range(4)
    )
    colours = [BLUE, RED]
    axes.stackplot(seconds, accepted, refused, colors=colours, alpha=0.45, step="post",
                   labels=["accepted", "refused"])  # fmt: skip
    axes.step(seconds, sent, color=GREY, linewidth=1, where="post", label="offered")
    axes.set(xlabel="seconds", ylabel="requests a second", xlim=(0, len(rows)), ylim=0, title=title)
    latency = axes.twinx()
    latency.plot(seconds + 0.5, median, color=GREEN, linewidth=1.5, label="p50, ms (right)")
    latency.set(ylim=(0, 1.25 * np.nanmax(median)))
    latency.spines[["top"]].set_visible(False)
    (shown, names), (over, over_names) = (
        each.get_legend_handles_labels() for each in (axes, latency)
    )
    axes.legend([*shown, *over], [*names, *over_names], loc="upper left", frameon=False, fontsize=8)
    axes.margins(y=0.3)
    _clean(axes)


def _ways(steps: Sequence[Figures]) -> tuple[Sequence[Figures], Sequence[Figures]]:
    """Return the steps on the way up, the highest among them, and those on the way back."""
    back = [late["multiple"] < early["multiple"] for early, late in pairwise(steps)]
    ways = list(zip(steps, [False, *back], strict=True))
    return [one for one, is_back in ways if not is_back], [one for one, is_back in ways if is_back]


def _line(axes: Axes, steps: Sequence[Figures], name: str, **look: Any) -> None:
    axes.plot([step["offered a second"] for step in steps], [step[name] for step in steps], **look)


def _clean(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)
