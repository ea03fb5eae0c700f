"""The figures that `facegraph capacity` ships with, taken from a whole run of `make bench`.

A run writes them; they can be taken again from the last one that was kept:

    python -m benchmarks.performance.capacity_figures
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measures.machine import Machine
from benchmarks.performance import result
from benchmarks.performance.inference.estimates import as_shipped, per_gmac
from benchmarks.performance.scaling import fit
from benchmarks.performance.scaling.section import points_of
from benchmarks.subjects.packs_at_hand import STANDIN_NAME
from cli.capacity import figures
from cli.capacity.figures import Figures, Gallery, Inference, Line, NetworkCost, PhotoCost, Service
from cli.capacity.scaling import Scaling
from deployments.vision.catalogue import DEFAULT

OURS, COMPARED = "Facegraph", "16"  # As the end-to-end layer names them.
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
        gallery=_gallery(layers["database"]["dimension"], sizes, layers["end to end"]),
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


def _gallery(dimension: int, sizes: Sequence[Found], service: Found) -> Gallery:
    largest, cpu = sizes[-1], line_of(sizes, "PostgreSQL CPU ms")
    held, people = largest["bytes"], largest["people"]
    return Gallery(
        dimension=dimension,
        smallest=sizes[0]["people"],
        largest=people,
        cpu_ms=_through(cpu, service["people"], _requests_cpu(service)[POSTGRESQL]),
        p50_ms=line_of(sizes, "p50 ms"),
        index_bytes=held["vector index"] / people,
        table_bytes=(held["vectors"] + held["keys of vectors"]) / people,
        row_bytes=held["rows of a person"],
        build_seconds=build_seconds_of(sizes),
    )


def line_of(sizes: Sequence[Found], figure: str) -> Line:
    """Return the line of a search's figure over log10 of the people, by least squares."""
    grown = np.log10([one["people"] for one in sizes])
    taken = [one["search"][figure] for one in sizes]
    if len(sizes) == 1:
        return Line(base=taken[0], slope=0.0)
    slope, base = np.polyfit(grown, taken, 1)
    return Line(base=float(base), slope=float(slope))


def build_seconds_of(sizes: Sequence[Found]) -> float:
    """Return the seconds of building each index over n log10 n of its people, by least squares."""
    filled = [one["filled"] for one in sizes if one["filled"]["people"]]
    work = np.array([one["people"] * np.log10(one["people"]) for one in filled])
    taken = np.array([one["index_seconds"] for one in filled])
    return float(work @ taken / (work @ work))


def _through(line: Line, people: int, level: float) -> Line:
    """Return a line as steep, through what PostgreSQL took of whole requests at one size."""
    return Line(base=level - line.slope * float(np.log10(people)), slope=line.slope)


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
    parts = dict(_requests_cpu(found))
    embedder = sum(parts.pop(part, 0.0) for part in INFERENCE_PARTS)
    del parts[POSTGRESQL]
    bare = float(np.mean([run["one a core"]["cpu_ms"] for run in found["bare"]]))
    return {BESIDES: embedder - bare, **parts}


def _requests_cpu(found: Found) -> Mapping[str, float]:
    parts: Mapping[str, float] = found["first"][OURS]["closed"][COMPARED]["CPU ms"]
    return parts


if __name__ == "__main__":
    keep(result.last(), result.galleries())
