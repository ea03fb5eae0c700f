"""The section of docs/models.md that tells of the race against stock, from embedder.json."""

from collections.abc import Iterator
from typing import Any

from benchmarks.measures.contest import (
    ACCURACY,
    FULL,
    NETWORK_MILLISECONDS,
    PHOTO_MILLISECONDS,
    SHIPPED,
    STOCK,
    STOCK_BY_THREADS,
)
from benchmarks.measures.findings import Finding, interval, verdict
from benchmarks.measures.machine import Machine
from benchmarks.report import pack_sections
from benchmarks.report.markdown import cell, table
from benchmarks.subjects.stock import SIDE
from deployments.vision.alignment import CROP_SIZE
from deployments.vision.finding import CLOSE_SIZE, QUICK_SIZE

Document = dict[str, Any]

_FACE = f"recogniser {CROP_SIZE}"
_LOOKS = tuple(f"detector {side}" for side in (QUICK_SIZE, CLOSE_SIZE))
_RUNS = {FULL: (f"detector {SIDE}", _FACE), SHIPPED: (*_LOOKS, _FACE)}


def render(document: Document | None) -> str:
    """Return the section, or nothing where the race was not held."""
    if document is None:
        return ""
    machine = Machine(**document["machine"])
    return f"""## Against stock

`make bench-embedder`, {document["date"]}, commit {document["commit"]}, {machine.name},
{machine.gflops_per_core:.1f} GFLOPS a core. Stock is what people have without Facegraph:
`insightface.app.FaceAnalysis` for insightface's packs, and for `opencv_zoo` the same in the plain
way, on plain ONNX Runtime; whole photos, 640 px, every face. Every photo goes through all rivals
before the next one comes. "At 640" embeds every face from a single look at 640 px, as stock does;
"as shipped" embeds the largest, as identify does.

{table(["pack", "what", "target", "measured", "95 %", ""], _targets(document))}

CPU milliseconds a photo; stock has one thread here:

{table(["pack", "photos", "stock", "ours at 640", "ours as shipped"], _photos(document))}

Stock by threads, 512 px: the cores' time grows with them, so one is its best setting for a core.

{table(["pack", "one thread, ms", "its default, all cores, ms"], _threads(document))}

Accuracy of all three on the same photos, as under Accuracy below:

{table(["pack", "rival", *pack_sections.RATE_COLUMNS], _accuracies(document))}

The networks alone, CPU milliseconds a run, without pre- and post-processing. The roof is what one
core needs if it only multiplies and adds, at the speed of a plain matrix product in the same run.

{table(["pack", "network, side in px", "roof", "ours", "OpenVINO's own loop"], _networks(document))}

What that leaves to win: the roof of all that is run for one face (at 640 one full look and one
vector; as shipped a quick look, a second look and a vector), and how many times stock's speed an
fp32 pipeline would have that did nothing else, 512 px. An engine that saves multiplications, as
Winograd's algorithm does for some convolutions, could go beyond.

{table(["pack", "way", "roof, ms", "times stock at most"], _limits(document))}
"""


def _targets(document: Document) -> Iterator[list[object]]:
    for target in document["targets"]:
        found = Finding(**{name: value for name, value in target.items() if name != "met"})
        sign = "at least" if found.at_least is not None else "at most"
        limit = found.at_most if found.at_least is None else found.at_least
        told = f"{found.measured:.4f}" if "cosine" in found.what else cell(found.measured)
        yield [found.pack, found.what, f"{sign} {limit:g}", told, interval(found), verdict(found)]


def _photos(document: Document) -> Iterator[list[object]]:
    for pack, figures in document["packs"].items():
        for photos, taken in figures[PHOTO_MILLISECONDS].items():
            yield [pack, photos, *taken.values()]


def _threads(document: Document) -> Iterator[list[object]]:
    for pack, figures in document["packs"].items():
        yield [pack, *figures[STOCK_BY_THREADS].values()]


def _accuracies(document: Document) -> Iterator[list[object]]:
    for pack, figures in document["packs"].items():
        for rival, tasks in figures[ACCURACY].items():
            for task, summary in tasks.items():
                for rates in pack_sections.rates(task, summary):
                    yield [pack, rival, *rates]


def _networks(document: Document) -> Iterator[list[object]]:
    for pack, figures in document["packs"].items():
        for network, taken in figures[NETWORK_MILLISECONDS].items():
            yield [pack, network, *taken.values()]


def _limits(document: Document) -> Iterator[list[object]]:
    for pack, figures in document["packs"].items():
        networks = figures[NETWORK_MILLISECONDS]
        for way, runs in _RUNS.items():
            if set(runs) <= set(networks):
                roof = sum(networks[network]["roof"] for network in runs)
                yield [pack, way, roof, figures[PHOTO_MILLISECONDS]["512 px"][STOCK] / roof]
