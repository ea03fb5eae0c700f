"""The pictures of the database's section."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import AutoLocator

from benchmarks.performance.database import rows
from benchmarks.performance.database.curves import BY_COSINE, BY_EF_SEARCH
from benchmarks.performance.database.scans import RIVALS
from benchmarks.report.pictures import draw_line, new_figure

SEARCH, CURVES = "search-by-gallery", "search-recall"
WHOLE = 1.03  # Where an axis of shares ends, so that a line at 1 is seen.

Found = Mapping[str, Any]


def pictures(found: Found, large: Sequence[Found] = ()) -> dict[str, Figure]:
    """Return the pictures by the names they are kept under."""
    return {
        SEARCH: _search(rows.sizes(found, large)),
        CURVES: _curves(rows.curves(found, large)),
    }


def _search(sizes: Sequence[Found]) -> Figure:
    """Draw time beside recall, both by the size of the gallery."""
    figure, (time, recall) = new_figure(2, height=4.1)
    people = [one["people"] for one in sizes]
    for at, name in enumerate(("p50 ms", "p95 ms")):
        taken = [one["search"][name] for one in sizes]
        draw_line(time, at, people, taken, f"search, {name.split()[0]}")
    for at, rival in enumerate(RIVALS, start=2):
        scanned = [one for one in sizes if rival in one["scans"]]
        taken = [one["scans"][rival]["p50 ms"] for one in scanned]
        draw_line(time, at, [one["people"] for one in scanned], taken, f"{rival}, p50")
    for at, (name, what) in enumerate(
        (("mated recall", "people in the gallery"), ("strangers recall", "strangers"))
    ):
        draw_line(recall, at, people, [one["search"][name] for one in sizes], what)
    _by_people(time, people)
    _by_people(recall, people)
    time.set(yscale="log", ylabel="ms", title="One caller")
    recall.set(ylim=(0, WHOLE), ylabel="nearest face found first, share", title="Recall of probes")
    figure.legend(*time.get_legend_handles_labels(), loc="outside lower left", ncols=4)
    recall.legend()
    return figure


def _by_people(axes: Axes, people: Sequence[int]) -> None:
    axes.set_xscale("log")
    axes.set_xticks(people, [f"{each:,}" for each in people])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("people in the gallery")


def _curves(layers: Sequence[Found]) -> Figure:
    """Draw recall by what it takes and by how alike the mates are, a line for each gallery."""
    figure, (effort, alike) = new_figure(2, height=3.6)
    for at, layer in enumerate(layers):
        name, points = f"{rows.largest(layer)['people']:,} people", layer[BY_EF_SEARCH]
        taken = [point["p50 ms"] for point in points]
        draw_line(effort, at, taken, [point["mated recall"] for point in points], name)
        for point in points:
            place = (point["p50 ms"], point["mated recall"])
            effort.annotate(f"  {point['ef_search']}", place, va="top", fontsize=8)
        cosines = [point["cosine"] for point in layer[BY_COSINE]]
        recalled = [point["mated recall"] for point in layer[BY_COSINE]]
        draw_line(alike, at, cosines, recalled, name)
    effort.xaxis.set_major_locator(AutoLocator())
    effort.set(xlabel="p50, ms", ylim=(0, WHOLE), ylabel="mated recall", title="By ef_search")
    effort.set_xlim(left=0)
    alike.set(
        xlabel="cosine to the mate", ylim=(0, WHOLE), title="By likeness, ef_search as shipped"
    )
    alike.legend(loc="lower right")
    return figure
