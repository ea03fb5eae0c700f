"""The section on the whole service: every figure in it is read from what was found."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.performance.end_to_end import compared, judged
from benchmarks.performance.end_to_end.contenders import (
    DEFAULTS,
    DESCRIBED,
    INDEX_ALONE,
    ONE_LOOK,
    OURS,
    TUNED,
)
from benchmarks.performance.end_to_end.pictures import unfolded
from benchmarks.performance.end_to_end.points import PERCENTILES
from benchmarks.performance.end_to_end.questions import LEAST_FOUND, MOST_MISNAMED
from benchmarks.performance.end_to_end.schedule import COMPARED
from benchmarks.report.markdown import cell, paragraph, table

PICTURES = {
    "end-to-end-throughput": "Answers a second and their 95th percentile against clients",
    "end-to-end-latency": "Percentiles against clients, and in the open loop",
    "end-to-end-stages": "The stages of a request at one client and at many",
    "end-to-end-cost": "CPU milliseconds a request by process, for all that were compared",
}
LATENCIES = tuple(f"p{number} ms" for number in PERCENTILES)

Found = Mapping[str, Any]
Row = Sequence[object]


def section(found: Found) -> str:
    """Return the section as Markdown."""
    parts = [
        "## End to end",
        *_opening(found),
        *_fairness(found),
        *_closed(found),
        *_open(found),
        *_stages(found),
        *_cost(found),
    ]
    return "\n\n".join(parts) + "\n"


def _opening(found: Found) -> Iterator[str]:
    yield paragraph(
        f"""One request is a photo over HTTP, looked for among {found["people"]:,} people (pack
        {found["pack"]}, {found["dimension"]} dimensions, HNSW, ef_search {found["ef_search"]};
        how a search goes is told under Database).
        {found["photos"]} photos are asked about in turn, of which {found["mated"]} show somebody
        who was enrolled from another photo. Every answer is held against the right one. One that
        is not a 200 ends the run without a result. Where nobody is named though somebody is there,
        it counts as missed: an index is approximate. Where somebody else is named, or it is
        called ambiguous, it counts as misnamed: some strangers are alike beyond the threshold.
        Below {LEAST_FOUND:.0%} found, or above {MOST_MISNAMED:.0%} misnamed, there is no result
        either. All use the same weights, photos, table and index, on {found["cores"]} cores that
        the client shares; each runs alone. Most are measured again at {COMPARED} clients, each
        round in the opposite order of the one before."""
    )
    yield "\n".join(f"- {line}" for line in _contenders(found))
    if found["left out"]:
        yield paragraph(f"Left out, for this was a quick run: {'; '.join(found['left out'])}.")


def _contenders(found: Found) -> Iterator[str]:
    told = {
        OURS: "`facegraph up` with `serve_config.yaml` as shipped, but one embedder a core, fixed, "
        "and limits out of the way.",
        ONE_LOOK: "Facegraph with `second_look: false`: the detector sees what stock's sees.",
        INDEX_ALONE: "Facegraph with `compare_all_up_to: 0`: what the index says stands.",
        DEFAULTS: "the same graph with Ray Serve's own flags and Python proxy "
        "(`benchmarks/rivals/ray_defaults.py`).",
        **dict.fromkeys(
            DESCRIBED.values(),
            "FastAPI, a ThreadPoolExecutor, stock InsightFace at 640 px, pgvector, all with the "
            "threads they come with (`benchmarks/rivals/first_generation.py`).",
        ),
        TUNED: f"the same with the fastest setting of those tried: {found['tuned']}.",
    }
    yield from (f"**{name}**: {told[name]}" for name in found["first"])
    yield (
        "**Bare loop**: the pipeline as shipped in one process a core, a photo at a time, without "
        "HTTP, search and service: the limit."
    )


def _fairness(found: Found) -> Iterator[str]:
    yield paragraph(
        """The first generation does less: no tokens, rights, limits, deadlines, bounded queue,
        judgement of quality, consent, policy, audit or metrics. None of that is subtracted here."""
    )
    if ONE_LOOK in found["first"]:
        yield _same_input(found)
    if INDEX_ALONE in found["first"]:
        yield _same_search(found)


def _same_input(found: Found) -> str:
    rivals = (compared.described(found), TUNED)
    rate = compared.mean(found, ONE_LOOK, "a second")
    times = [
        f"{rate / compared.mean(found, name, 'a second'):.2f} times that of {name}"
        for name in rivals
    ]
    return paragraph(
        f"""As shipped, the detector is shown less than stock's where one face is wanted: a quick
        look and a close one. With the same input as stock's ({ONE_LOOK}) the throughput at
        {COMPARED} clients is {cell(rate)} a second, {" and ".join(times)}."""
    )


def _same_search(found: Found) -> str:
    rivals = (compared.described(found), TUNED)
    names = (OURS, INDEX_ALONE)
    rates = [cell(compared.mean(found, name, "a second")) for name in names]
    taken = [cell(compared.shares(found, name)["PostgreSQL"]) for name in names]
    missed = [f"{name} {compared.missed(found, name):.1%}" for name in (*names, *rivals)]
    return paragraph(
        f"""As shipped, whom the index does not find beyond doubt is looked for among everybody;
        rivals take the index at its word, with the same ef_search. Of the answers at {COMPARED}
        clients that should have named somebody, so many named nobody: {"; ".join(missed)}. With the
        index alone ({INDEX_ALONE}) the throughput there is {rates[1]} a second instead of
        {rates[0]}, and PostgreSQL takes {taken[1]} ms of CPU a request instead of {taken[0]}."""
    )


def _closed(found: Found) -> Iterator[str]:
    yield "### Clients that wait for their answer"
    yield _picture("end-to-end-throughput")
    header = (
        "",
        "clients",
        "answers a second",
        *LATENCIES,
        "CPU ms",
        "client's",
        "missed",
        "misnamed",
    )
    yield table(header, _closed_rows(found))
    yield _identical(found)
    if found["tried"]:
        tried = [(name, rate) for name, rate in found["tried"].items()]
        yield f"Settings of the first generation that were tried, {COMPARED} clients:"
        yield table(("setting", "answers a second"), tried)


def _closed_rows(found: Found) -> Iterator[Row]:
    for name, one in found["first"].items():
        points = [("", point) for point in one["closed"].values()]
        points += [(", again", point) for point in compared.again(found, name)]
        for which, point in points:
            latencies = [point[percentile] for percentile in LATENCIES]
            used = sum(point["CPU ms"].values()), point["client's CPU ms"]
            missed = f"{point['missed']} of {point['mated']}"
            told = [f"{name}{which}", point["clients"], point["a second"]]
            yield [*told, *latencies, *used, missed, point["misnamed"]]
    for run in found["bare"]:
        loop = run["one a core"]
        yield ["Bare loop", "", loop["rate"], loop["p50_ms"], "", "", loop["cpu_ms"], "", "", ""]


def _identical(found: Found) -> str:
    differ = {name: compared.spread(compared.rates(found, name)) for name in found["again"]}
    told = ", ".join(f"{name} {share:.1%}" for name, share in differ.items() if share is not None)
    return paragraph(
        f"""Identical runs differ in answers a second, as a share of their mean, by: {told}. A
        difference of that size says nothing."""
    )


def _open(found: Found) -> Iterator[str]:
    yield "### Requests that come when they come"
    yield paragraph(
        f"""Arrivals are independent (Poisson) at a share of what the closed loop reached at its
        best, over at most {found["connections"]} connections. A latency counts from when its
        request was due. Beside it stands what a client that waits for a free connection would have
        told, which leaves out what requests waited for it: coordinated omission."""
    )
    yield _picture("end-to-end-latency")
    header = ("", "share", "asked a second", "answered", *LATENCIES, "p99 ms from sent", "statuses")
    yield table(header, _open_rows(found))


def _open_rows(found: Found) -> Iterator[Row]:
    for name, one in found["first"].items():
        for loop in one["open"]:
            latencies = [loop["from due"][percentile] for percentile in LATENCIES]
            counted = ", ".join(f"{of} x {status}" for status, of in loop["statuses"].items())
            rates = loop["asked a second"], loop["a second"]
            yield [name, loop["share"], *rates, *latencies, loop["from sent"]["p99 ms"], counted]


def _stages(found: Found) -> Iterator[str]:
    yield "### Where the time of a request goes"
    yield paragraph(
        """Mean milliseconds, as `Server-Timing` tells; between: hops and queues that no stage
        names; outside: what the client saw beyond the service's own total."""
    )
    yield _picture("end-to-end-stages")
    closed = found["first"][OURS]["closed"]
    bars = {count: unfolded(closed[count]["stages, ms"]) for count in ("1", str(COMPARED))}
    named = list(dict.fromkeys(stage for bar in bars.values() for stage in bar))
    rows = [[count, *(bar.get(stage, "") for stage in named)] for count, bar in bars.items()]
    yield table(("clients", *named), rows)


def _cost(found: Found) -> Iterator[str]:
    yield "### What it costs"
    overhead, inference = judged.overhead_ms(found), compared.inference_ms(found)
    postgresql = compared.shares(found, OURS)["PostgreSQL"]
    yield paragraph(
        f"""CPU seconds per 1,000 identifications, which is milliseconds each, at {COMPARED}
        clients: means of the runs, the client left out. A photo takes {cell(inference)} ms in the
        bare loop, so of Facegraph's {cell(compared.cpu(found, OURS))} all that is not inference
        are {cell(overhead)}; PostgreSQL takes {cell(postgresql)} of these."""
    )
    yield _picture("end-to-end-cost")
    yield table(("", *compared.ORDER, "all"), _cost_rows(found))
    yield paragraph(
        """Memory (proportional set size, MB, after the load), and what 1,000 identifications keep
        of it at that pace, in GB for a second:"""
    )
    yield table(("", *compared.ORDER, "all", "GB s per 1,000"), _memory_rows(found))


def _cost_rows(found: Found) -> Iterator[Row]:
    for name in found["first"]:
        shares = compared.shares(found, name)
        yield [name, *(shares.get(share, "") for share in compared.ORDER), sum(shares.values())]


def _memory_rows(found: Found) -> Iterator[Row]:
    for name, one in found["first"].items():
        shares = compared.in_shares(one["memory, MB"])
        held = sum(shares.values())
        kept = held / compared.mean(found, name, "a second")
        yield [name, *(shares.get(share, "") for share in compared.ORDER), held, kept]


def _picture(name: str) -> str:
    return f"![{PICTURES[name]}](docs/performance/{name}.png)"
