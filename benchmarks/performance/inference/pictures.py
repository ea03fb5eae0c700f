"""The pictures of the section: stages by engine, and photos a second by threads and runs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmarks.measures.stages import STAGES
from benchmarks.performance.inference.batches import PHOTOS_IN_A_RUN, THREADS
from benchmarks.report.pictures import COLOURS, draw_line, new_figure

Found = Mapping[str, Any]


def pictures(found: Found) -> dict[str, Figure]:
    """Return both, by the names of their files."""
    return {"inference-stages": _stages(found), "inference-batches": _batches(found)}


def _stages(found: Found) -> Figure:
    """Bars of what a photo costs, by stage; stock tells of no stages and has one bar of its own."""
    bars = list(_bars(found))
    figure, (axes,) = new_figure(1, height=1.2 + 0.36 * len(bars))
    names, left = [name for name, _ in bars], np.zeros(len(bars))
    for stage, colour in zip((*STAGES, "all of it"), COLOURS, strict=False):
        widths = np.array([taken.get(stage, 0.0) for _, taken in bars])
        axes.barh(names, widths, left=left, color=colour, label=stage)
        left += widths
    for at, total in enumerate(left):
        axes.text(total, at, f" {total:.0f}", va="center")
    axes.invert_yaxis()
    axes.margins(x=0.1)
    axes.set(xlabel="CPU milliseconds a photo", title="One photo, one thread, one core")
    axes.legend(loc="lower right")
    return figure


def _bars(found: Found) -> Iterator[tuple[str, Mapping[str, float]]]:
    for photos, runs in found["race"].items():
        for name, told in runs[0].items():
            whole = {"all of it": told["CPU ms"]}
            yield f"{photos}: {name}", told["stages"] or whole


def _batches(found: Found) -> Figure:
    """Lines of photos a second, and of CPU milliseconds, over the photos in a run."""
    figure, (rates, cpu) = new_figure(2, height=3.6)
    for at, (name, rows) in enumerate(_series(found["batches"])):
        counts = [row["photos in a run"] for row in rows]
        draw_line(rates, at, counts, [row["photos a second"] for row in rows], name)
        draw_line(cpu, at, counts, [row["CPU ms"] for row in rows], name)
    for axes, title in ((rates, "photos a second"), (cpu, "CPU ms a photo")):
        axes.set_xscale("log", base=2)
        axes.set_xticks(PHOTOS_IN_A_RUN)
        axes.xaxis.set_major_formatter("{x:g}")
        axes.set(xlabel="photos in a run", ylabel=title, ylim=0)
    rates.legend()
    return figure


def _series(rows: Sequence[Any]) -> Iterator[tuple[str, list[Any]]]:
    for engine in dict.fromkeys(row["engine"] for row in rows):
        for threads in THREADS:
            own = [row for row in rows if (row["engine"], row["threads"]) == (engine, threads)]
            yield f"{engine}, {threads} thread{'s' * (threads > 1)}", own
