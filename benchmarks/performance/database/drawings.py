"""The pictures of the database's section."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import AutoLocator

from benchmarks.performance.database import rows
from benchmarks.performance.database.asking import MATED, STRANGERS
from benchmarks.performance.database.curves import BY_COSINE, BY_EF_SEARCH
from benchmarks.performance.database.scans import RIVALS
from benchmarks.performance.database.target import INDEX_ALONE, SHIPPED_WAY
from benchmarks.report.pictures import draw_line, new_figure

SEARCH, CURVES = "search-by-gallery", "search-recall"
LINES = tuple((way, kind) for way in (SHIPPED_WAY, INDEX_ALONE) for kind in (MATED, STRANGERS))
WHOLE = 1.03  # Where an axis of shares ends, so that a line at 1 is seen.

Found = Mapping[str, Any]


def pictures(found: Found, large: Sequence[Found] = ()) -> dict[str, Figure]:
    """Return the pictures by the names they are kept under."""
    return {
        SEARCH: _search(rows.sizes(found, large)),
        CURVES: _curves(rows.curves(found, large)),
    }


def _search(sizes: Sequence[Found]) -> Figure:
    """Draw time beside recall, both by the size of the gallery and the way it is searched."""
    figure, (time, recall) = new_figure(2, height=4.3)
    for at, (way, kind) in enumerate(LINES):
        asked = [one for one in sizes if way in one["search"]]
        people = [one["people"] for one in asked]
        found = [one["search"][way][kind] for one in asked]
        draw_line(time, at, people, [each["p50 ms"] for each in found], f"{kind}, {way}")
        draw_line(recall, at, people, [each["recall"] for each in found], f"{kind}, {way}")
    for at, rival in enumerate(RIVALS, start=len(LINES)):
        scanned = [one for one in sizes if rival in one["scans"]]
        taken = [one["scans"][rival]["p50 ms"] for one in scanned]
        draw_line(time, at, [one["people"] for one in scanned], taken, rival)
    for axes in (time, recall):
        _by_people(axes, [one["people"] for one in sizes])
    time.set(yscale="log", ylabel="p50, ms", title="One caller")
    recall.set(ylim=(0, WHOLE), ylabel="nearest face found first, share", title="Recall of probes")
    figure.legend(*time.get_legend_handles_labels(), loc="outside lower left", ncols=3)
    return figure


def _by_people(axes: Axes, people: Sequence[int]) -> None:
    axes.set_xscale("log")
    axes.set_xticks(people, [f"{each:,}" for each in people])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("people in the gallery")


def _curves(layers: Sequence[Found]) -> Figure:
    """Draw recall by what it takes of the index, and by how alike the mates are, by gallery."""
    figure, (effort, alike) = new_figure(2, height=3.6)
    for at, layer in enumerate(layers):
        name = f"{rows.largest(layer)['people']:,} people"
        _by_effort(effort, at, layer[BY_EF_SEARCH], name)
        for ways, way in enumerate((SHIPPED_WAY, INDEX_ALONE)):
            points = [point for point in layer[BY_COSINE] if way in point]
            cosines = [point["cosine"] for point in points]
            recalled = [point[way][MATED]["recall"] for point in points]
            draw_line(alike, 2 * at + ways, cosines, recalled, f"{name}, {way}")
    effort.xaxis.set_major_locator(AutoLocator())
    effort.set(xlabel="p50 of mated probes, ms", ylim=(0, WHOLE), ylabel="mated recall")
    effort.set(title="The index alone, by ef_search")
    effort.set_xlim(left=0)
    alike.set(
        xlabel="cosine to the mate", ylim=(0, WHOLE), title="By likeness, ef_search as shipped"
    )
    alike.legend(loc="lower right")
    return figure


def _by_effort(axes: Axes, at: int, points: Sequence[Found], name: str) -> None:
    taken = [point[MATED]["p50 ms"] for point in points]
    recalled = [point[MATED]["recall"] for point in points]
    draw_line(axes, at, taken, recalled, name)
    for point, *place in zip(points, taken, recalled, strict=True):
        axes.annotate(f"  {point['ef_search']}", (place[0], place[1]), va="top", fontsize=8)
