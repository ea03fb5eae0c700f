"""The database's section of PERFORMANCE.md: every figure in it is read from results."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks.performance.database import rows, stored
from benchmarks.performance.database.asking import MATED, STRANGERS
from benchmarks.performance.database.curves import BY_COSINE, BY_EF_SEARCH
from benchmarks.performance.database.drawings import CURVES, SEARCH
from benchmarks.performance.database.judged import times
from benchmarks.performance.database.scans import EXACT, NAIVE
from benchmarks.performance.database.searching import NAIVE_UP_TO
from benchmarks.performance.database.target import INDEX_ALONE, SHIPPED_WAY
from benchmarks.report.markdown import cell, paragraph, table
from db.nearest import ENOUGH_SIGNS

PERCENTILES = ("p50 ms", "p95 ms", "p99 ms")
BY_KIND = (
    *(f"mated, {name}" for name in PERCENTILES),
    *(f"strangers, {name}" for name in PERCENTILES),
)
CPU = "PostgreSQL CPU ms"

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
        stored.writes(found, sizes),
        stored.disk(found, sizes),
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
The others are of strangers, random directions themselves. Recall is the share of probes for which
the face that a search puts first is the nearest of all, as comparing with everybody tells.
Percentiles at one caller are of {searches} searches a size and way, half of them of each kind.
{"".join(map(_apart, large))}"""


def _apart(document: Found) -> str:
    return (
        f"The gallery of {document['people']:,} was measured by itself (`make bench-gallery`) on "
        f"{document['date']}, commit {document['commit']}.\n"
    )


def _search(found: Found, sizes: Sequence[Found]) -> str:
    header = ["people", "searched", *BY_KIND, "PostgreSQL, CPU ms"]
    many = ["people", "searched", "searches/s", *BY_KIND, "PostgreSQL, CPU ms"]
    recalls = ("mated recall", "mated, `match`", "strangers' recall", "strangers, `no_match`")
    return f"""### Search, 1:N

{_method(found)}

{_why(found, sizes)}

One caller; CPU is of mated probes and strangers alike:

{table(header, _each_way(sizes, "search", _taken))}

{found["callers"]} callers at once:

{table(many, _each_way(sizes, "many callers", _taken_by_many))}

How true the answers are, at one caller:

{table(["people", "searched", *recalls], _each_way(sizes, "search", _true))}

How the faces of so many real people lie, and how many of them an index misses, was not measured,
for photos of so many were not at hand; `facegraph calibrate --index` measures it on an operator's
own. That a stranger's nearest face is missed decides nothing while it is below the threshold.

![Time and recall of a search by the size of the gallery](docs/performance/{SEARCH}.png)
"""


def _method(found: Found) -> str:
    most = found["tuning"]["compare_all_up_to"]
    return paragraph(
        f"""Up to {found["read whole up to"]:,} faces a gallery is read whole, which is exact. Above
        that HNSW is asked first, and may miss. What it finds stands if its best is at least
        {found["clearly over"]:g} over the threshold. Else the signs of all vectors are compared
        with the probe's, and those that agree most by the vectors themselves, in galleries of up
        to {most:,} faces (`compare_all_up_to` of the Matcher; with 0 it is the index alone).
        Vectors of fewer than {ENOUGH_SIGNS} dimensions are all compared themselves. So a
        mate's search may end with the index, and a stranger's, who is like nobody, looks at
        everybody: both are told apart."""
    )


def _why(found: Found, sizes: Sequence[Found]) -> str:
    looked = [one for one in sizes if _has_second_look(found, one)]
    if not looked:
        return ""
    shipped, alone = (looked[-1]["search"][way] for way in (SHIPPED_WAY, INDEX_ALONE))
    return paragraph(
        f"""The look at everybody is for those whom the index misses: among
        {looked[-1]["people"]:,} people the index alone put the nearest face first for
        {_share(alone[MATED]["recall"])} of the mated probes, and the search as shipped for
        {_share(shipped[MATED]["recall"])}. PostgreSQL takes {cell(shipped[CPU])} ms of CPU a search
        as shipped, half of them mated, and {cell(alone[CPU])} by the index alone."""
    )


def _has_second_look(found: Found, size: Found) -> bool:
    most: int = found["tuning"]["compare_all_up_to"]
    return INDEX_ALONE in size["search"] and size["people"] <= most


def _each_way(sizes: Sequence[Found], asked: str, told: Callable[[Found], Row]) -> Iterator[Row]:
    for size in sizes:
        for way, found in size[asked].items():
            yield [f"{size['people']:,}", way, *told(found)]


def _taken(found: Found) -> Row:
    by_kind = [found[kind][name] for kind in (MATED, STRANGERS) for name in PERCENTILES]
    return [*by_kind, found[CPU]]


def _taken_by_many(found: Found) -> Row:
    return [found["a second"], *_taken(found)]


def _true(found: Found) -> Row:
    return [
        _share(found[kind][name]) for kind in (MATED, STRANGERS) for name in ("recall", "right")
    ]


def _share(share: float) -> str:
    return f"{share:.3f}"


def _scans(sizes: Sequence[Found]) -> str:
    header = ["people", SHIPPED_WAY, INDEX_ALONE, EXACT, "times", NAIVE, "times"]
    return f"""### Against comparing with everybody

p50 in ms, at one caller, of strangers' searches. The {EXACT}:
`ORDER BY vector <=> $1 LIMIT 1` with the index off. The {NAIVE}, up to {NAIVE_UP_TO:,} people:
fetch every vector and compare in numpy, as a first version of such a system does. Both are spared
what a search does besides: which collection, by which policy, whose consent lasts. Service and
scans took turns, twice; "times" is how many times as long as a search as shipped they took, in each
of the two turns.

{table(header, map(_scanned, sizes))}
"""


def _scanned(size: Found) -> Row:
    strangers = {way: found[STRANGERS]["p50 ms"] for way, found in size["search"].items()}
    told: Row = [f"{size['people']:,}", strangers[SHIPPED_WAY], strangers.get(INDEX_ALONE, "")]
    for rival in (EXACT, NAIVE):
        measured = rival in size["scans"]
        told += [size["scans"][rival]["p50 ms"], _times(size, rival)] if measured else [""] * 2
    return told


def _times(size: Found, rival: str) -> str:
    return ", ".join(f"{each:.3g}" for each in times(rival, SHIPPED_WAY, size))


def _curves(layers: Sequence[Found]) -> str:
    taken = ("p50 ms", "p95 ms", "PostgreSQL, CPU ms")
    recalls = ("mated recall", "strangers' recall")
    return f"""### What recall costs

The largest gallery searched by the index alone, with fewer and more candidates kept in view
(`ef_search` of the Matcher). Times are of mated probes:

{table(["people", "`ef_search`", *taken, *recalls], _by_ef_search(layers))}

Both ways, with as many candidates as is shipped, for mates that are less and more alike:

{table(["people", "cosine to the mate", "searched", *taken, "mated recall"], _by_cosine(layers))}

![Recall against time, and against how alike the mates are](docs/performance/{CURVES}.png)
"""


def _by_ef_search(layers: Sequence[Found]) -> Iterator[Row]:
    for layer in layers:
        for point in layer[BY_EF_SEARCH]:
            strangers = _share(point[STRANGERS]["recall"])
            yield [_people(layer), point["ef_search"], *_mated(point), strangers]


def _by_cosine(layers: Sequence[Found]) -> Iterator[Row]:
    for layer in layers:
        for point in layer[BY_COSINE]:
            for way in (SHIPPED_WAY, INDEX_ALONE):
                if way in point:
                    yield [_people(layer), point["cosine"], way, *_mated(point[way])]


def _mated(found: Found) -> Row:
    mated = found[MATED]
    return [mated["p50 ms"], mated["p95 ms"], found[CPU], _share(mated["recall"])]


def _people(layer: Found) -> str:
    return f"{rows.largest(layer)['people']:,}"
