"""The figures that `facegraph capacity` ships with, taken from a whole run of `make bench`.

A run writes them; they can be taken again from the last one that was kept:

    python -m benchmarks.performance.capacity_figures
"""

from collections.abc import Callable, Mapping, Sequence
from math import log10
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from benchmarks.measures.machine import Machine
from benchmarks.performance import result
from benchmarks.performance.database.asking import MATED, STRANGERS
from benchmarks.performance.database.target import INDEX_ALONE, SHIPPED_WAY
from benchmarks.performance.inference.estimates import as_shipped, per_gmac
from benchmarks.performance.scaling import fit
from benchmarks.performance.scaling.section import points_of
from benchmarks.subjects.packs_at_hand import STANDIN_NAME
from cli.capacity import figures
from cli.capacity.figures import (
    Figures,
    Gallery,
    Inference,
    Line,
    NetworkCost,
    PhotoCost,
    Recall,
    Service,
    Way,
)
from cli.capacity.scaling import Scaling
from deployments.vision.catalogue import DEFAULT

# As the end-to-end layer names them.
OURS, SERVICE_ON_INDEX, COMPARED = "Facegraph", "Facegraph, index alone", "16"
INFERENCE_PARTS = ("embedder", "decoder")
POSTGRESQL = "postgresql"
BESIDES = "embedder, besides inference"

Found = Mapping[str, Any]


def figures_of(run: Found, galleries: Sequence[Found] = ()) -> dict[str, Any]:
    """Return the figures of a whole run as JSON holds them.

    `galleries` are the documents of `make bench-gallery`. Raises KeyError where a layer is missing.
    """
    layers = run["layers"]
    sizes = _searched(layers["database"], galleries)
    taken = Figures(
        source=f"benchmarks/results/{run['date']}-{str(run['commit']).rstrip('+')}.json",
        machine=Machine(**run["machine"]).name,
        inference=_inference(layers["inference"], layers["scaling"]),
        gallery=_gallery(layers["database"], sizes, layers["end to end"]),
        service=_service(layers["end to end"]),
    )
    return taken.model_dump()


def keep(run: Found, galleries: Sequence[Found] = (), path: Path = figures.PATH) -> None:
    """Write the figures of a whole run to where the package finds them."""
    taken = Figures.model_validate(figures_of(run, galleries))
    path.write_text(taken.model_dump_json(indent=1) + "\n")


def _inference(found: Found, scaled: Found) -> Inference:
    stages, model = as_shipped(found), Scaling(**scaled["model"])
    return Inference(
        photo=PhotoCost(
            decode_ms=stages["decode"],
            align_ms=stages["align"],
            megapixels=found["photos"]["portraits"]["megapixels"],
            detector_pixels=found["work"]["detector pixels"],
        ),
        # The pack at hand last: it was measured more often.
        packs={
            DEFAULT: _networks(found["default pack"]["stages"]),
            _known_as(found["pack"]): _networks(stages),
        },
        per_gmac=per_gmac(found),
        scaling=model,
        checked_within=fit.largest_error(fit.checks(points_of(scaled), model)),
    )


def _networks(stages: Mapping[str, float]) -> NetworkCost:
    return NetworkCost(detect_ms=stages["detect"], embed_ms=stages["embed"])


def _known_as(pack: str) -> str:
    """Return the known pack that has the networks of the one at hand."""
    return "buffalo_sc" if pack == STANDIN_NAME else pack


def _searched(found: Found, galleries: Sequence[Found]) -> list[Found]:
    """Return the sizes that an index searched, the smallest first; smaller ones are read whole."""
    apart = [one for each in galleries for one in each["layers"]["database"]["sizes"]]
    by_people = {one["people"]: one for one in [*apart, *found["sizes"]]}
    whole = found["read whole up to"]
    return [one for people, one in sorted(by_people.items()) if people > whole]


def _gallery(found: Found, sizes: Sequence[Found], service: Found) -> Gallery:
    held, people = sizes[-1]["bytes"], sizes[-1]["people"]
    most = found["tuning"]["compare_all_up_to"]
    # With 0, no gallery has that look; what was measured as shipped was the index alone.
    looked = [one for one in sizes if one["people"] <= most] or sizes
    return Gallery(
        dimension=found["dimension"],
        smallest=sizes[0]["people"],
        largest=people,
        compare_all_up_to=most,
        shipped=way_of(looked, SHIPPED_WAY, float, _requests_cpu(service, OURS)),
        index=way_of(sizes, INDEX_ALONE, log10, _requests_cpu(service, SERVICE_ON_INDEX)),
        recall=_recall(looked[-1], found["cosine"]),
        index_bytes=held["vector index"] / people,
        table_bytes=(held["vectors"] + held["keys of vectors"]) / people,
        signs_bytes=held["signs with their key"] / people,
        row_bytes=held["rows of a person"],
        build_seconds=build_seconds_of(sizes),
    )


def way_of(sizes: Sequence[Found], way: str, grown: Callable[[int], float], requests: Found) -> Way:
    """Return the lines of one way to search over what its cost grows with.

    CPU goes through what PostgreSQL took of whole `requests`, as steep as it is of searches alone.
    """
    x = [grown(one["people"]) for one in sizes]
    searched = [one["search"][way] for one in sizes]
    cpu = line_of(x, [each["PostgreSQL CPU ms"] for each in searched])
    level, people = requests["CPU ms"][POSTGRESQL], requests["people"]
    return Way(
        cpu_ms=Line(base=level - cpu.slope * grown(people), slope=cpu.slope),
        p50_ms=line_of(
            x, [fmean(each[kind]["p50 ms"] for kind in (MATED, STRANGERS)) for each in searched]
        ),
    )


def line_of(x: Sequence[float], taken: Sequence[float]) -> Line:
    """Return the line through figures whose errors are least as shares of them; one has no slope.

    As shares, for those of the largest gallery would leave the others no say.
    """
    if len(x) == 1:
        return Line(base=taken[0], slope=0.0)
    slope, base = np.polyfit(x, taken, 1, w=1 / np.array(taken))
    return Line(base=float(base), slope=float(slope))


def _recall(size: Found, cosine: float) -> Recall:
    recalled = {way: size["search"][way][MATED]["recall"] for way in (SHIPPED_WAY, INDEX_ALONE)}
    return Recall(
        people=size["people"],
        cosine=cosine,
        shipped=recalled[SHIPPED_WAY],
        index=recalled[INDEX_ALONE],
    )


def build_seconds_of(sizes: Sequence[Found]) -> float:
    """Return the seconds of building each index over n log10 n of its people, by least squares."""
    filled = [one["filled"] for one in sizes if one["filled"]["people"]]
    work = np.array([one["people"] * np.log10(one["people"]) for one in filled])
    taken = np.array([one["index_seconds"] for one in filled])
    return float(work @ taken / (work @ work))


def _service(found: Found) -> Service:
    ours = found["first"][OURS]
    memory = dict(ours["memory, MB"])
    embedders = sum(memory.pop(part, 0.0) for part in INFERENCE_PARTS)
    database = memory.pop(POSTGRESQL)
    return Service(
        pack=_known_as(found["pack"]),
        people=found["people"],
        overhead_ms=overhead_of(found),
        alone_ms=ours["closed"]["1"]["p50 ms"],
        embedder_mb=embedders / found["cores"],  # It is measured with one embedder a core.
        rest_mb=sum(memory.values()),
        postgresql_mb=database,
    )


def overhead_of(found: Found) -> dict[str, float]:
    """Return the CPU ms of a request by part; of the embedder what the bare loop does not take."""
    parts = dict(_requests_cpu(found, OURS)["CPU ms"])
    embedder = sum(parts.pop(part, 0.0) for part in INFERENCE_PARTS)
    del parts[POSTGRESQL]
    bare = float(np.mean([run["one a core"]["cpu_ms"] for run in found["bare"]]))
    return {BESIDES: embedder - bare, **parts}


def _requests_cpu(found: Found, contender: str) -> Found:
    """Return the CPU ms of a request by part, and among how many people it searched."""
    parts = found["first"][contender]["closed"][COMPARED]["CPU ms"]
    return {"CPU ms": parts, "people": found["people"]}


if __name__ == "__main__":
    keep(result.last(), result.galleries())
