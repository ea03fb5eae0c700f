"""The section on inference: every figure in it is read from what was found."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.measures.stages import STAGES
from benchmarks.performance.inference.batches import gains, least_cpu
from benchmarks.performance.inference.estimates import of_default_pack
from benchmarks.performance.inference.rivals import FULL, SHIPPED, STOCK, times_stock
from benchmarks.report.markdown import cell, paragraph, table

STAGES_PICTURE = (
    "![CPU milliseconds of a photo by stage, on each engine](docs/performance/inference-stages.png)"
)
BATCHES_PICTURE = (
    "![Photos a second and CPU of a photo by engine, threads and photos in a run]"
    "(docs/performance/inference-batches.png)"
)

Found = Mapping[str, Any]
Row = Sequence[object]


def section(found: Found) -> str:
    """Return the section as Markdown."""
    parts = ["## Inference", _opening(found), *_race(found), *_batches(found), *_packs(found)]
    return "\n\n".join(parts) + "\n"


def _opening(found: Found) -> str:
    portraits, phones = (found["photos"][name] for name in ("portraits", "3000 px"))
    return paragraph(
        f"""A photo is decoded, its largest face found, aligned and embedded; nothing is served and
        nothing searched. Pack: {found["pack"]}; as shipped it runs on
        {found["engine as shipped"]}. Photos: {portraits["number"]} portraits of
        {portraits["longer side, px"]} px, and {phones["number"]} of them enlarged to
        {phones["longer side, px"]} px, as heavy to decode as what a phone sends. Times are medians.
        CPU is that of the process and of its decoder, which opens photos; the wall counts what
        others do on the machine too."""
    )


def _race(found: Found) -> Iterator[str]:
    yield "### Beside stock, on one core"
    yield paragraph(
        f"""Every photo goes through all of them before the next one comes, each with one thread.
        Stock (`benchmarks/subjects/stock.py`) looks once at 640 x 640 px and embeds every face, for
        insightface's packs by its own `FaceAnalysis`. `{FULL}` does the same; `{SHIPPED}` looks
        quickly, and then closely at the largest face. The last column has a figure for each of
        {len(found["race"]["portraits"])} identical runs."""
    )
    head = ["photos", "", "CPU ms", "wall ms", "photos a second", "times stock, CPU"]
    yield table(head, _race_rows(found))
    yield paragraph(
        f"""Without a second look a photo is decoded whole, in a process apart
        (`docs/decisions/0008-decoding-in-a-process-of-its-own.md`), and all its pixels are carried
        over: on large photos `{FULL}` has that to do besides. Where the time goes:
        {", ".join(STAGES)}."""
    )
    yield STAGES_PICTURE


def _race_rows(found: Found) -> Iterator[Row]:
    for photos, runs in found["race"].items():
        for name, one in runs[0].items():
            figures = (one[what] for what in ("CPU ms", "wall ms", "photos a second"))
            times = ", ".join(cell(each) for each in times_stock(runs, name))
            yield [photos, name, *figures, "" if name == STOCK else times]


def _batches(found: Found) -> Iterator[str]:
    yield "### Threads and runs"
    yield "The same pipeline given so many photos at once, on so many threads; ms a photo."
    head = ["engine", "threads", "photos in a run", *STAGES, "CPU ms", "wall ms", "photos a second"]
    yield table(head, _batch_rows(found))
    least = least_cpu(found["batches"])
    yield paragraph(
        f"""A photo costs the CPU least, {cell(least["CPU ms"])} ms, on {least["engine"]} with
        threads: {least["threads"]} and photos in a run: {least["photos in a run"]}. What a second
        thread does:"""
    )
    head = ["engine", "photos in a run", "photos a second, times", "CPU of a photo, times"]
    yield table(head, (list(each.values()) for each in gains(found["batches"])))
    yield paragraph(
        """A second thread takes a second core. What a second replica makes of that core is told
        under *Scaling*."""
    )
    yield BATCHES_PICTURE


def _batch_rows(found: Found) -> Iterator[Row]:
    for each in found["batches"]:
        setting = (each[what] for what in ("engine", "threads", "photos in a run"))
        stages = (each["stages"][stage] for stage in STAGES)
        taken = (each[what] for what in ("CPU ms", "wall ms", "photos a second"))
        yield [*setting, *stages, *taken]


def _packs(found: Found) -> Iterator[str]:
    estimate, dense = of_default_pack(found), found["dense"]
    yield "### Other packs"
    yield paragraph(
        f"""What a pack takes that is not at hand can only be told from how much it computes. A
        network of IResNet-50's shape with random weights ({cell(dense["gmacs"])} G multiply-adds,
        like the recogniser of `buffalo_l`) takes {cell(dense["CPU ms"])} ms of one core on
        {dense["engine"]}, {cell(dense["CPU ms"] / dense["gmacs"])} ms each G. How far such figures
        carry is seen on the default pack, which was measured too: by what the networks of
        {found["pack"]} take each G, those of the default pack would take
        {cell(estimate.predicted_ms)} ms a photo. They take {cell(estimate.measured_ms)} ms: the
        prediction is off by {100 * estimate.error:+.0f} %."""
    )
