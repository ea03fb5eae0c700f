"""The pictures of the section: throughput and latency against clients, stages, cost by process."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.performance.end_to_end.compared import ORDER, bare, shares
from benchmarks.performance.end_to_end.contenders import OURS
from benchmarks.performance.end_to_end.points import PERCENTILES
from benchmarks.performance.end_to_end.schedule import COMPARED
from benchmarks.report.pictures import COLOURS, draw_line, new_figure
from deployments.web.timing import STAGES

GREY = "#777777"
# Okabe and Ito's, and greys for what is neither the model nor the search.
MORE_COLOURS = (*COLOURS[:6], "#F0E442", "#777777", "#BBBBBB")

Found = Mapping[str, Any]


def pictures(found: Found) -> dict[str, Figure]:
    """Return all, by the names of their files."""
    return {
        "end-to-end-throughput": _throughput(found),
        "end-to-end-latency": _latency(found),
        "end-to-end-stages": _stages(found),
        "end-to-end-cost": _cost(found),
    }


def _throughput(found: Found) -> Figure:
    """Draw answers a second, and their p95, against the number of clients."""
    figure, (rates, late) = new_figure(2, height=4.2)
    for at, (name, one) in enumerate(found["first"].items()):
        clients = [int(count) for count in one["closed"]]
        for axes, what in ((rates, "a second"), (late, "p95 ms")):
            draw_line(axes, at, clients, [point[what] for point in one["closed"].values()], name)
    limit = bare(found, "one a core", "rate")
    rates.axhline(limit, color=GREY, linestyle="--", linewidth=1)
    rates.text(1, limit, "bare loop", color=GREY, va="bottom")
    rates.set(ylabel="answers a second", ylim=0, title="Throughput, closed loop")
    late.set(ylabel="p95, ms", yscale="log", title="95th percentile, closed loop")
    late.legend(fontsize=8)
    for axes in (rates, late):
        _by_clients(axes, found)
    return figure


def _by_clients(axes: Axes, found: Found) -> None:
    axes.set_xscale("log", base=2)
    axes.set_xticks([int(count) for count in found["first"][OURS]["closed"]])
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("clients")


def _latency(found: Found) -> Figure:
    """Draw percentiles of ours against clients, and those of open loops against what is offered."""
    figure, (closed, opened) = new_figure(2, height=3.8)
    points = found["first"][OURS]["closed"].values()
    for at, percentile in enumerate(f"p{number} ms" for number in PERCENTILES):
        clients = [point["clients"] for point in points]
        label = percentile.removesuffix(" ms")
        draw_line(closed, at, clients, [point[percentile] for point in points], label)
    closed.set(ylabel="ms", ylim=0, title=f"{OURS}, closed loop")
    closed.legend()
    _by_clients(closed, found)
    for at, (name, one) in enumerate(found["first"].items()):
        if one["open"]:
            _offered(opened, COLOURS[at % len(COLOURS)], name, one["open"])
    opened.set(xlabel="offered a second", ylabel="p99, ms", ylim=0, title="Open loop, p99")
    opened.legend(fontsize=8)
    return figure


def _offered(axes: Axes, colour: str, name: str, loops: Sequence[Found]) -> None:
    offered = [loop["asked a second"] for loop in loops]
    axes.plot(
        offered,
        [loop["from sent"]["p99 ms"] for loop in loops],
        color=colour,
        linestyle=":",
        label=f"{name}, from when it was sent",
    )
    axes.plot(
        offered,
        [loop["from due"]["p99 ms"] for loop in loops],
        color=colour,
        marker="o",
        label=f"{name}, from when it was due",
    )


def _stages(found: Found) -> Figure:
    """Stack the stages of a request at one client and at many, as Server-Timing tells them."""
    figure, (axes,) = new_figure(1, height=2.6)
    counts = ("1", str(COMPARED))
    bars = [unfolded(found["first"][OURS]["closed"][count]["stages, ms"]) for count in counts]
    stacked(axes, [f"{count} clients" if count != "1" else "1 client" for count in counts], bars)
    axes.set(xlabel="mean ms of a request", title=f"Where a request's time goes, {OURS}")
    return figure


def unfolded(stages: Mapping[str, float]) -> dict[str, float]:
    """Return stages that add up to what the client saw: what no stage names is `between`."""
    named = {stage: stages[stage] for stage in STAGES if stages.get(stage)}
    between = max(0.0, stages["total"] - sum(named.values()))
    return named | {"between": between, "outside": max(0.0, stages["outside"])}


def _cost(found: Found) -> Figure:
    """Stack the CPU of a request by share of the service, for all that were compared."""
    names = list(found["first"])
    figure, (axes,) = new_figure(1, height=1.4 + 0.45 * len(names))
    stacked(axes, names, [shares(found, name) for name in names], order=ORDER)
    axes.set(xlabel="CPU ms a request", title=f"CPU by process, {COMPARED} clients")
    return figure


def stacked(
    axes: Axes,
    names: Sequence[str],
    bars: Sequence[Mapping[str, float]],
    order: Sequence[str] = (),
) -> None:
    """Draw a bar for each name, its pieces in order, its sum at its end."""
    pieces = order or list(dict.fromkeys(piece for bar in bars for piece in bar))
    left = np.zeros(len(bars))
    for piece, colour in zip(pieces, MORE_COLOURS, strict=False):
        widths = np.array([bar.get(piece, 0.0) for bar in bars])
        axes.barh(list(names), widths, left=left, color=colour, label=piece)
        left += widths
    for at, total in enumerate(left):
        axes.text(total, at, f" {total:.1f}", va="center")
    axes.invert_yaxis()
    axes.set_xlim(0, 1.12 * left.max())
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
