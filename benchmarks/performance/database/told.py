"""The database's section of PERFORMANCE.md: every figure in it is read from results."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks.performance.database import rows
from benchmarks.performance.database.curves import BY_COSINE, BY_EF_SEARCH
from benchmarks.performance.database.drawings import CURVES, SEARCH
from benchmarks.performance.database.scans import EXACT, NAIVE
from benchmarks.performance.database.searching import NAIVE_UP_TO
from benchmarks.report.markdown import table

PERCENTILES = ("p50 ms", "p95 ms", "p99 ms")
NOT_MEASURED = "-"

Found = Mapping[str, Any]
Row = list[object]


def section(found: Found, large: Sequence[Found] = ()) -> str:
    """Return the section on a run, with the large galleries that were measured apart."""
    sizes = rows.sizes(found, large)
    parts = (
        _head(found, large),
        _search(found, sizes),
        _scans(sizes),
        _curves(rows.curves(found, large)),
        _writes(found, sizes),
        _disk(found, sizes),
    )
    return "\n".join(parts)


def _head(found: Found, large: Sequence[Found]) -> str:
    tuning, searches = found["tuning"], 2 * found["amounts"]["probes"]
    return f"""## Database

The service's own gallery (`db/gallery.py`) on the built-in PostgreSQL, with the pool and the tuning
of `serve_config.yaml` (`ef_search` {tuning["ef_search"]}, `pool_size` {tuning["pool_size"]});
no HTTP and no Ray. A person has one vector, a random direction of {found["dimension"]} dimensions.
Half of the probes are of people in the gallery: each is a mate's vector turned in a random
direction until their cosine is {found["cosine"]:g}, as of a genuine pair of everyday photos.
The others are of strangers. Recall is the share of probes for which the first face that the index
brings is the nearest of all, as comparing with everybody tells. Percentiles at one caller are of
{searches} searches a size.
{"".join(map(_apart, large))}"""


def _apart(document: Found) -> str:
    return (
        f"The gallery of {document['people']:,} was measured by itself (`make bench-gallery`) on "
        f"{document['date']}, commit {document['commit']}.\n"
    )


def _search(found: Found, sizes: Sequence[Found]) -> str:
    recalls = ("mated recall", "mated, `match`", "strangers' recall", "strangers, `no_match`")
    cost = "PostgreSQL, CPU ms"
    return f"""### Search, 1:N

One caller:

{table(["people", *PERCENTILES, cost, *recalls], _each(sizes, _alone))}

{found["callers"]} callers at once:

{table(["people", "searches/s", *PERCENTILES, cost, *recalls], _each(sizes, _many))}

Up to {found["read whole up to"]:,} faces a gallery is read whole, which is exact. Above that HNSW
answers, and may miss. Random directions are hard on it: none is near to another, so little leads a
search along the graph. How the faces of so many real people lie was not measured, for photos of so
many were not at hand; `facegraph calibrate --index` measures it on an operator's own. That a
stranger's nearest face is missed decides nothing while it is below the threshold.

![Time and recall of a search by the size of the gallery](docs/performance/{SEARCH}.png)
"""


def _each(sizes: Sequence[Found], told: Callable[[Found], Row]) -> Iterator[Row]:
    for one in sizes:
        yield [f"{one['people']:,}", *told(one)]


def _alone(size: Found) -> Row:
    return _taken_and_true(size["search"])


def _many(size: Found) -> Row:
    return [size["many callers"]["a second"], *_taken_and_true(size["many callers"])]


def _taken_and_true(asked: Found) -> Row:
    taken = [asked[name] for name in (*PERCENTILES, "PostgreSQL CPU ms")]
    return [*taken, *_recalls(asked)]


def _recalls(asked: Found) -> Row:
    names = ("mated recall", "mated matched", "strangers recall", "strangers refused")
    return [_share(asked[name]) for name in names]


def _share(share: float | None) -> str:
    return NOT_MEASURED if share is None else f"{share:.3f}"


def _scans(sizes: Sequence[Found]) -> str:
    header = ["people", "search", EXACT, "times", NAIVE, "times"]
    return f"""### Against comparing with everybody

p50 in ms, at one caller. The {EXACT}: `ORDER BY vector <=> $1 LIMIT 1` with the index off. The
{NAIVE}, up to {NAIVE_UP_TO:,} people: fetch every vector and compare in numpy, as a first version
of such a system does. Both are spared what a search does besides: which collection, by which
policy, whose consent lasts. Service and scans took turns, twice; "times" is how many times as long
as a search they took, in each of the two turns.

{table(header, _each(sizes, _scanned))}
"""


def _scanned(size: Found) -> Row:
    told: Row = [size["search"]["p50 ms"]]
    for rival in (EXACT, NAIVE):
        measured = rival in size["scans"]
        told += [size["scans"][rival]["p50 ms"], _times(size, rival)] if measured else [""] * 2
    return told


def _times(size: Found, rival: str) -> str:
    times = (one[rival] / one["ours"] for one in size["rounds, p50 ms"])
    return ", ".join(f"{each:.3g}" for each in times)


def _curves(layers: Sequence[Found]) -> str:
    taken = ("p50 ms", "p95 ms", "PostgreSQL, CPU ms")
    recalls = ("mated recall", "strangers' recall")
    return f"""### What recall costs

The largest gallery with fewer and more candidates kept in view (`ef_search` of the Matcher):

{table(["people", "`ef_search`", *taken, *recalls], _by_ef_search(layers))}

And with as many as is shipped, for mates that are less and more alike:

{table(["people", "cosine to the mate", "p50 ms", "mated recall"], _by_cosine(layers))}

![Recall against time, and against how alike the mates are](docs/performance/{CURVES}.png)
"""


def _by_ef_search(layers: Sequence[Found]) -> Iterator[Row]:
    for layer in layers:
        for point in layer[BY_EF_SEARCH]:
            taken = [point[name] for name in ("p50 ms", "p95 ms", "PostgreSQL CPU ms")]
            recalls = [_share(point[name]) for name in ("mated recall", "strangers recall")]
            yield [_people(layer), point["ef_search"], *taken, *recalls]


def _by_cosine(layers: Sequence[Found]) -> Iterator[Row]:
    for layer in layers:
        for point in layer[BY_COSINE]:
            told = [point["cosine"], point["p50 ms"], _share(point["mated recall"])]
            yield [_people(layer), *told]


def _people(layer: Found) -> str:
    return f"{rows.largest(layer)['people']:,}"


def _writes(found: Found, sizes: Sequence[Found]) -> str:
    enrolled = ("enrolments/s", "p50 ms", "p95 ms")
    erased = ("erasures/s", "p50 ms", "p95 ms")
    return f"""### Writes

One caller enrols {found["amounts"]["enrolments"]} people of one template, each a transaction of its
own that reaches the disk and the index, and erases them again; an erasure ends with the proof that
no search finds the person. Enrolments into one collection go one after another, so more callers
get no more done.

{table(["people", *enrolled, *erased], _each(sizes, _written))}
"""


def _written(size: Found) -> Row:
    names = ("a second", "p50 ms", "p95 ms")
    return [size[what][name] for what in ("enrol", "erase") for name in names]


def _disk(found: Found, sizes: Sequence[Found]) -> str:
    held = ("vectors, MB", "vector index, MB", "keys of vectors, MB")
    header = ["people", *held, "bytes a template", "bytes of a person's rows", "index built, s"]
    return f"""### Disk

A template of {found["dimension"]} dimensions is kept in half precision. Rows of a person are those
of `identities` and `faces` with their indexes. The index is built once all rows are there, in as
much memory as the graph takes where the machine has it.

{table(header, _each(sizes, _kept))}
"""


def _kept(size: Found) -> Row:
    held = size["bytes"]
    parts = [held[name] for name in ("vectors", "vector index", "keys of vectors")]
    built = size["filled"]["index_seconds"]
    return [
        *(each / 1e6 for each in parts),
        sum(parts) / size["people"],
        held["rows of a person"],
        built if size["filled"]["people"] == size["people"] else NOT_MEASURED,
    ]
