"""The pictures of docs/models.md, drawn from the rows of models.json.

Colours are Okabe and Ito's, which people tell apart however they see colours; lines differ in
their markers too.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from benchmarks.measures.machine import Machine
from benchmarks.measures.stages import STAGES

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000")
_MARKERS = "osD^vPX"
_WIDTH = 9.0

Row = dict[str, Any]


def draw(rows: Sequence[Row], folder: Path) -> None:
    """Write every picture into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {
        "stages": _stages(rows),
        "cosines": _cosines(rows),
        "detector-sizes": _detector_sizes(rows),
        "batches": _batches(rows),
    }
    for name, figure in pictures.items():
        figure.savefig(folder / f"{name}.png", dpi=110, metadata={"Software": None})


def label(row: Row, rows: Sequence[Row]) -> str:
    """Name a row by its pack, and by its machine where that pack was measured on several."""
    alike = [other for other in rows if other["pack"] == row["pack"]]
    machine = Machine(**row["machine"]).name
    return str(row["pack"]) if len(alike) == 1 else f"{row['pack']} on {machine}"


def _stages(rows: Sequence[Row]) -> Figure:
    """Bars of what a photo costs, by stage, for each engine and both sizes of photo."""
    bars = [
        (f"{label(row, rows)}\n{engine}, {photo}", taken)
        for row in rows
        for engine, photos in row["figures"]["engines"].items()
        for photo, taken in photos.items()
    ]
    figure, (axes,) = new_figure(1, height=1.2 + 0.42 * len(bars))
    names = [name for name, _ in bars]
    left = np.zeros(len(bars))
    for stage, colour in zip(STAGES, COLOURS, strict=False):
        widths = np.array([taken[stage] for _, taken in bars])
        axes.barh(names, widths, left=left, color=colour, label=stage)
        left += widths
    for at, total in enumerate(left):
        axes.text(total, at, f" {total:.0f}", va="center")
    axes.invert_yaxis()
    axes.margins(x=0.2)
    axes.tick_params(axis="y", labelsize=7)
    axes.set(xlabel="CPU milliseconds a photo", title="Largest face of one portrait, one thread")
    axes.legend(loc="lower right")
    return figure


def _cosines(rows: Sequence[Row]) -> Figure:
    """Draw how the cosines of one person's photos and of two people's are spread."""
    figure, panels = new_figure(len(rows), height=3.2)
    edges = np.linspace(-1, 1, 101)
    for axes, row in zip(panels, rows, strict=True):
        accuracy = row["figures"]["accuracy"]
        for kind, colour in (("impostor", COLOURS[5]), ("genuine", COLOURS[0])):
            axes.stairs(
                100 * np.array(accuracy["spread"][kind]),
                edges,
                fill=True,
                alpha=0.7,
                color=colour,
                label=f"{kind} pairs",
            )
        threshold = accuracy["portraits"]["rates"][-1]["threshold"]
        axes.axvline(threshold, color="black", linestyle="--", label="FMR 1e-3")
        axes.set(title=label(row, rows), xlabel="cosine", ylabel="% of pairs", xlim=(-0.4, 1))
        axes.legend(loc="upper left")
    return figure


def _detector_sizes(rows: Sequence[Row]) -> Figure:
    """Time of the detector, and the share of small faces found, by the side of its input."""
    figure, (time, found) = new_figure(2, height=3.6)
    for at, row in enumerate(rows):
        sizes = row["figures"]["detector sizes"]
        sides = [int(side) for side in sizes]
        taken = [each["CPU ms"]["detect"] for each in sizes.values()]
        draw_line(time, at, sides, taken, label(row, rows))
        shares = [100 * each["found"]["of 160 in a crowd"] / 160 for each in sizes.values()]
        draw_line(found, at, sides, shares, label(row, rows))
    time.set(
        xlabel="side of the input, px",
        ylabel="CPU ms",
        ylim=0,
        title="Detecting every face of a portrait",
    )
    found.set(xlabel="side of the input, px", ylabel="% found", ylim=(0, 103))
    found.set_title("Faces of a crowd of 160 (1280 x 800 px)")
    time.legend()
    return figure


def _batches(rows: Sequence[Row]) -> Figure:
    """Lines of what one face and one photo cost in runs of many."""
    figure, panels = new_figure(2, height=3.6)
    named = (("recogniser", "faces in a run"), ("detector", "photos in a run"))
    for axes, (network, counted) in zip(panels, named, strict=True):
        for at, row in enumerate(rows):
            taken = row["figures"]["batches"][network]
            draw_line(
                axes, at, [int(count) for count in taken], list(taken.values()), label(row, rows)
            )
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter("{x:g}")
        axes.set(xlabel=counted, ylabel="CPU ms each", ylim=0, title=network.capitalize())
    panels[0].legend()
    return figure


def draw_line(axes: Axes, at: int, x: Sequence[int], y: Sequence[float], name: str) -> None:
    """Draw the line of a series; `at` is its number, which gives it colour and markers."""
    style = {"color": COLOURS[at % len(COLOURS)], "marker": _MARKERS[at % len(_MARKERS)]}
    axes.plot(x, y, label=name, **style)  # type: ignore[arg-type]  # of a dict of text it knows no keys
    axes.set_xticks(x)


def new_figure(panels: int, *, height: float) -> tuple[Figure, list[Axes]]:
    """Return a figure with panels side by side; no global state, so no window anywhere."""
    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, panels, squeeze=False)[0]
    for each in axes:
        each.spines[["top", "right"]].set_visible(False)
        each.grid(alpha=0.3)
        each.set_axisbelow(True)
    return figure, list(axes)
