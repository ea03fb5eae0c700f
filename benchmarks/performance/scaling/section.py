"""The section on scaling: settings of the CPU at hand, a model, and what it says of more cores."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks.performance.scaling import fit
from benchmarks.performance.scaling.best import ALIKE, Verdict, candidates, judged
from benchmarks.performance.scaling.fit import Check
from benchmarks.performance.scaling.points import SHIPPED_BATCH, Point, Setting, point
from benchmarks.performance.scaling.replicas import CLIENTS
from benchmarks.performance.scaling.shipped_setting import ShippedSetting
from benchmarks.report.markdown import cell, paragraph, table
from cli.capacity.scaling import Scaling

PREDICTED_CORES = (1, 2, 4, 8, 16, 32)
PICTURE = (
    "![Photos a second by setting, and what the model says of more cores]"
    "(docs/performance/scaling.png)"
)

Found = Mapping[str, Any]
Row = Sequence[object]


def section(found: Found) -> str:
    """Return the section as Markdown."""
    points, model = points_of(found), Scaling(**found["model"])
    parts = [
        "## Scaling",
        *_settings(found, points),
        *_verdict(verdict(found)),
        *_model(model, fit.checks(points, model)),
        *_more_cores(model, candidates(points)[0].megapixels),
    ]
    return "\n\n".join(parts) + "\n"


def points_of(found: Found) -> list[Point]:
    """Return the points that were measured."""
    return [point(told) for told in found["points"]]


def verdict(found: Found) -> Verdict:
    """Judge the shipped setting, with no more replicas than there are cores."""
    shipped = ShippedSetting(**found["shipped"])
    return judged(
        points_of(found),
        processes=min(shipped.max_replicas, found["cores"]),
        threads=shipped.threads,
        batch=shipped.max_batch_size,
    )


def usual_spread(points: Sequence[Point]) -> float:
    """Return how far spans of a setting lie apart in the median, as a share of their pace."""
    return median(one.spread for one in points)


def _settings(found: Found, points: Sequence[Point]) -> Iterator[str]:
    yield paragraph(
        f"""The embedder without HTTP and Ray: its pipeline and its batcher in as many processes,
        and {CLIENTS} clients in all who each ask for the next photo when they have the last, so
        that queues are never empty. {found["cores"]} cores; {found["rounds"]} spans of
        {found["seconds a span"]:g} s of each setting in turns, in their median. Spans of one
        setting differ by {100 * usual_spread(points):.0f} % in the median."""
    )
    head = ["replicas", "threads", "batch", "photos a second", "p50 ms", "p95 ms", "CPU ms a photo"]
    yield table(head, (_row(one) for one in candidates(points)))


def _row(one: Point) -> Row:
    setting = one.setting
    measured = (one.photos_a_second, one.p50_ms, one.p95_ms, one.cpu_ms)
    return [setting.processes, setting.threads, setting.batch, *measured]


def _verdict(told: Verdict) -> Iterator[str]:
    share = f"{100 * ALIKE:.0f} %"
    judgement = (
        f"Nothing serves {share} more than that, so it stands."
        if told.stands
        else f"That is over {share} less."
    )
    yield paragraph(
        f"""Most is served by {_named(told.best)}; of settings that serve as much within {share},
        it is the one with the least CPU a photo. `serve_config.yaml` ships {_named(told.shipped)}.
        {judgement}"""
    )
    yield paragraph(
        """A replica detects, aligns and embeds one after another, and decodes what comes next
        meanwhile, in a process of its own. A second thread helps it only within a network; a second
        replica uses that core for all of it. More threads than cores take turns on them."""
    )
    yield PICTURE


def _named(one: Point) -> str:
    return f"{_setting(one.setting)} ({cell(one.photos_a_second)} photos a second)"


def _setting(setting: Setting) -> str:
    replicas = f"{setting.processes} replica{'s' * (setting.processes > 1)}"
    threads = f"{setting.threads} thread{'s' * (setting.threads > 1)}"
    return f"{replicas} of {threads} with batches up to {setting.batch}"


def _model(model: Scaling, checks: Sequence[Check]) -> Iterator[str]:
    yield "### A model, and how far it is off"
    yield paragraph(
        f"""A photo keeps a core busy for {cell(model.photo_ms)} ms, {cell(model.batch_ms)} ms
        divided by the photos in its batch, and {cell(model.megapixel_ms)} ms each megapixel; all of
        it takes {100 * model.contention:.1f} % longer for each further core that is busy
        (`cli/capacity/scaling.py` says why so). The work was fitted on points with one busy core,
        what neighbours add on points with more. These points it was not fitted on:"""
    )
    head = ["replicas", "cores", "batch", "photos", "measured a second", "predicted", "off by, %"]
    yield table(head, map(_checked, checks))
    yield f"It is off by {100 * fit.largest_error(checks):.1f} % at most."


def _checked(check: Check) -> Row:
    setting = check.point.setting
    asked = (setting.processes, setting.cores, setting.batch, setting.photos)
    error = f"{100 * check.error:+.1f}"
    return [*asked, check.point.photos_a_second, check.predicted, error]


def _more_cores(model: Scaling, megapixels: float) -> Iterator[str]:
    yield paragraph(
        f"""Of more cores it says, for replicas of one thread, one a core, and batches of
        {SHIPPED_BATCH}:"""
    )
    head = ["cores", "photos a second", "at worst", ""]
    yield table(head, (_prediction(model, cores, megapixels) for cores in PREDICTED_CORES))
    yield paragraph(
        f"""**Beyond {model.cores} cores this is an extrapolation**, and of GPUs it says nothing.
        The first figure lets the slowdown stay as it was with {model.cores} cores busy; the second
        lets each further core slow all others by the contention that was fitted, or by
        {100 * model.unseen:.1f} % where that is less: so far the model was off, and contention that
        small cannot be told from none. Bandwidth of memory that so few cores
        need not exhaust shows in neither. The service around the embedders takes cores as well:
        `facegraph capacity` reckons with both."""
    )


def _prediction(model: Scaling, cores: int, megapixels: float) -> Row:
    likely = model.photos_a_second(cores, batch=SHIPPED_BATCH, megapixels=megapixels)
    fewest = model.fewest_photos_a_second(cores, batch=SHIPPED_BATCH, megapixels=megapixels)
    return [cores, likely, fewest, "fitted" if cores <= model.cores else "extrapolated"]
