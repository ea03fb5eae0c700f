"""docs/load.md: every figure in it is read from the result file, none is written here."""

from typing import Any

from benchmarks.load import judgement
from benchmarks.measures.findings import Finding, interval, verdict
from benchmarks.measures.machine import Machine
from benchmarks.report.markdown import cell, table

LATENCIES = ("p50 ms", "p95 ms", "p99 ms")

Figures = dict[str, Any]

_HEAD = """# Under load

Written by `make load` from `benchmarks/results/load/load.json`; edit that, not this page.

```sh
make load                                            # all of it, some thirty minutes
make load LOAD_ARGS="--phases ramp,spike"            # some of it; the other figures stay
make load LOAD_ARGS="--soak-minutes 60 --people 1000000 --data-dir /var/tmp/gallery"
```

A service of its own runs on one core with all its processes, PostgreSQL's among them, and whoever
asks or watches it on another; both are checked before and after each phase. It has one replica of
each node, limits that are out of the way, and a gallery of random vectors put in by COPY. What it
can do is found first, by eight clients who each wait for their answer. All else is offered in
multiples of this capacity, open-loop: each of many users identifies a photo once in two seconds,
at a random moment of them, whether the service is quick or slow. A request counts in the step it
was sent in, the first seconds of a step excepted; rates are of answers within it. The median of
429 is taken by a process of its own, which opens a connection for each of two questions a second.

![Throughput and latency against offered load](../benchmarks/results/load/load.png)
"""

_JUDGED = """**Memory** is the proportional set size of all processes, looked at every ten seconds;
its slope is Theil and Sen's (the median of the slopes between all pairs of samples) once the
first quarter was left out, while caches and heaps still fill. **More than at first** compares the
last third of the samples with the first after that quarter, by their medians. **Felt after its
end**: until three seconds in a row in which nobody was refused, and half were answered as fast as
nineteen of twenty were before.
"""


def render(phases: dict[str, Figures]) -> str:
    """Return the page of the phases that were run."""
    sections = [_HEAD, _bounds(phases), _JUDGED, _provenance(phases)]
    if "levels" in phases:
        sections += [_levels(phases["levels"]), _costs(phases["levels"])]
    if "soak" in phases:
        sections.append(_memory(phases["soak"]))
    if "mixed" in phases:
        sections.append(_stories(phases["mixed"]))
    return "\n".join(sections)


def _bounds(phases: dict[str, Figures]) -> str:
    header = ("phase", "bound", "at", "measured", "95 %", "")
    rows = [_row(finding) for finding in judgement.judged(phases)]
    return f"## Bounds\n\n{table(header, rows)}\n"


def _row(finding: Finding) -> tuple[str, ...]:
    low, high = finding.at_least, finding.at_most
    target = f"≥ {low:g}" if low is not None else f"≤ {high:g}"
    return (
        finding.pack,
        finding.what,
        target,
        cell(float(finding.measured)),
        interval(finding),
        verdict(finding),
    )


def _provenance(phases: dict[str, Figures]) -> str:
    rows = [
        (name, one["date"], one["commit"], one["people"], Machine(**one["machine"]).name)
        for name, one in phases.items()
    ]
    header = ("phase", "date", "commit", "gallery", "machine")
    return f"## Where these figures come from\n\n{table(header, rows)}\n"


def _levels(levels: Figures) -> str:
    header = ("times capacity", "offered/s", "accepted/s", "refused/s")
    rows = [
        (
            level["multiple"],
            *(level[f"{kind} a second"] for kind in ("offered", "accepted", "refused")),
            *(level[name] for name in LATENCIES),
            sum(level["CPU"].values()),
        )
        for level in levels["levels"]
    ]
    return f"""## Levels in turn

Each for eight seconds, and all of them four times: a machine that others use as well changes its
speed within minutes, and what is held against each other is to have met the same of it. Capacity
was {cell(levels["capacity a second"])} a second.

{table((*header, *LATENCIES, "of its core"), rows)}
"""


def _costs(levels: Figures) -> str:
    cost = levels["CPU ms"]
    parts = sorted(cost["accepted"], key=lambda part: -cost["accepted"][part])
    rows = [(part, *(kind[part] for kind in cost.values())) for part in parts]
    total = ("**all**", *(sum(kind.values()) for kind in cost.values()))
    return f"""## CPU milliseconds of a request, by part

Told apart by least squares over spans of four seconds, with and without overload.

{table(("part", *cost), [*rows, total])}
"""


def _memory(soak: Figures) -> str:
    parts = soak["memory by part"]
    rows = [
        (part, one["slope"], f"{one['low']:.3g} to {one['high']:.3g}", one["grown"])
        for part, one in sorted(parts.items(), key=lambda pair: -pair[1]["slope"])
    ]
    return f"""## Memory over a soak of {soak["minutes"]:g} minutes, by part

{table(("part", "MB a minute", "95 %", "MB more than at first"), rows)}
"""


def _stories(mixed: Figures) -> str:
    steps = mixed["steps"]
    header = ("asked", "requests", "wrong", "p50 ms", "p99 ms")
    rows = [
        (name, int(one["requests"]), int(one["failures"]), one["p50 ms"], one["p99 ms"])
        for name, one in steps.items()
    ]
    return f"""## Mixed traffic

Six people of one photo, each enrolled, found by a changed copy, told from a stranger, verified as
themselves and refused as another, erased, and not found any more; every answer is read.

{table(header, rows)}
"""
