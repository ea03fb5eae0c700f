"""The picture of the section: what settings serve, and what the model says of more cores."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.performance.scaling.best import candidates
from benchmarks.performance.scaling.points import SHIPPED_BATCH, SMALL, Point
from benchmarks.performance.scaling.section import PREDICTED_CORES, points_of
from benchmarks.report.pictures import COLOURS, draw_line, new_figure
from cli.capacity.scaling import Scaling


def pictures(found: Mapping[str, Any]) -> dict[str, Figure]:
    """Return it, by the name of its file."""
    figure, (settings, cores) = new_figure(2, height=3.8)
    points = points_of(found)
    _settings(settings, candidates(points))
    _cores(cores, points, Scaling(**found["model"]))
    return {"scaling": figure}


def _settings(axes: Axes, points: Sequence[Point]) -> None:
    """Lines of photos a second over the batch, one for each number of replicas and threads."""
    kinds = dict.fromkeys((one.setting.processes, one.setting.threads) for one in points)
    for at, kind in enumerate(kinds):
        own = [one for one in points if (one.setting.processes, one.setting.threads) == kind]
        name = f"{kind[0]} replicas x {kind[1]} threads"
        rates = [one.photos_a_second for one in own]
        draw_line(axes, at, [one.setting.batch for one in own], rates, name)
    axes.set(xlabel="most photos in a batch", ylabel="photos a second", ylim=0)
    axes.legend()


def _cores(axes: Axes, points: Sequence[Point], model: Scaling) -> None:
    """Both estimates over the cores, and what was measured."""
    pixels = candidates(points)[0].megapixels
    counts = list(PREDICTED_CORES)
    likely = [model.photos_a_second(n, batch=SHIPPED_BATCH, megapixels=pixels) for n in counts]
    fewest = [
        model.fewest_photos_a_second(n, batch=SHIPPED_BATCH, megapixels=pixels) for n in counts
    ]
    axes.fill_between(counts, fewest, likely, color=COLOURS[4], alpha=0.3, label="extrapolated")
    axes.plot(counts, likely, color=COLOURS[0], label="model")
    seen = [one for one in points if _is_of_one_thread(one)]
    axes.plot(
        [one.setting.busy for one in seen],
        [one.photos_a_second for one in seen],
        "o",
        color=COLOURS[5],
        label="measured",
    )
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=2)
    axes.set_xticks(counts)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
    axes.set(xlabel="cores", ylabel="photos a second", title=f"Batches of {SHIPPED_BATCH}")
    axes.legend()


def _is_of_one_thread(one: Point) -> bool:
    setting = one.setting
    told = setting.role != "none"  # Else it is not known how many cores were busy.
    return told and (setting.threads, setting.batch, setting.photos) == (1, SHIPPED_BATCH, SMALL)
