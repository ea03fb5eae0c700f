"""docs/load.md: what was found is read from the result file, and how from what looks for it."""

from typing import Any

from benchmarks.load import judgement
from benchmarks.load.capacity import CLIENTS
from benchmarks.load.figures import SPAN_SAMPLES
from benchmarks.load.recovery import CALM_SECONDS, SLOWER_AT_MOST
from benchmarks.load.shaped import GLANCE_SECONDS, INSPECT_SECONDS, INSPECTIONS, PROBES_A_SECOND
from benchmarks.load.trend import WARM_UP_SHARE
from benchmarks.measures.findings import Finding, interval, verdict
from benchmarks.measures.machine import Machine
from benchmarks.report.markdown import cell, table
from locustfiles.steps import LEVEL_SECONDS, LEVEL_TIMES, PACING_SECONDS, RAMP_TIMES

LATENCIES = ("p50 ms", "p95 ms", "p99 ms")

Figures = dict[str, Any]

_HEAD = f"""# Under load

Written by `make load` from `benchmarks/results/load/load.json`; edit that, not this page.

```sh
make load                                            # all of it, some thirty minutes
make load LOAD_ARGS="--phases ramp,spike"            # some of it; the other figures stay
make load LOAD_ARGS="--soak-minutes 60 --people 1000000 --data-dir /var/tmp/gallery"
```

A service of its own runs on one core with all its processes, PostgreSQL's among them, and whoever
asks or watches it on another: its own are checked before and after each phase, those that ask it
while they do. It has one replica of each node, limits that are out of the way, and a gallery of
random vectors put in by COPY. What it can do is found before each phase, by {CLIENTS} clients who
each wait for their answer. All else is offered in multiples of this capacity, open-loop: each of
many users identifies a photo once in {PACING_SECONDS:g} s, at a random moment of them, whether the
service is quick or slow. A request counts in the step it was sent in, the first seconds of a step
excepted; rates are of answers within it. The median of 429 is taken by a process of its own, which
opens a connection for each of {PROBES_A_SECOND:g} questions a second. Where Locust itself was
short of its core, or left answers unread, nothing is kept.

The ramp goes from idle to {judgement.HIGHEST} and back, {RAMP_TIMES} times, and each height is
judged over all its steps together: a machine that others use as well changes its speed within
minutes, and what is held against each other is to have met the same of it. So are the levels.

![Throughput and latency against offered load](../benchmarks/results/load/load.png)
"""

_JUDGED = f"""**Memory** is what all processes together have written (anonymous and shared memory;
files that are mapped to be read are the machine's), looked at every {INSPECT_SECONDS:g} s, and
{INSPECTIONS} times in a soak that is short; its slope is Theil and Sen's (the median of the slopes
between all pairs of samples) once the first {WARM_UP_SHARE:.0%} of them were left out, while caches
and heaps still fill. **More than at first** compares the last
third of the samples with the first after those, by their medians; **of one part**, in the part of
the service where most was added. Files of PostgreSQL's tables are no descriptors here: each of its
backends keeps open what it has once read. Threads of Ray's own servers (`gcs`, `raylet`) are left
out: gRPC has a pool of them there. **Felt after its end**: until {CALM_SECONDS} seconds in
a row in which nobody was refused, and whose p95 was at most {SLOWER_AT_MOST:g} times that before.
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
        (
            *(name, one["date"], one["commit"], one["people"]),
            *(one.get("capacity a second", ""), _offered(one.get("levels", []))),
            Machine(**one["machine"]).name,
        )
        for name, one in phases.items()
    ]
    header = ("phase", "date", "commit", "gallery", "capacity/s", "offered/s", "machine")
    return f"## Where these figures come from\n\n{table(header, rows)}\n"


def _offered(levels: list[Figures]) -> str:
    """Return the rate, or the lowest and the highest."""
    rates = sorted(level["offered a second"] for level in levels)
    return " to ".join(dict.fromkeys(cell(rate) for rate in (*rates[:1], *rates[-1:])))


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

Each for {LEVEL_SECONDS:g} s, and all of them {LEVEL_TIMES} times; before each time a moment of
less lets the queue of the highest run out. Capacity was {cell(levels["capacity a second"])} a
second.

{table((*header, *LATENCIES, "of its core"), rows)}
"""


def _costs(levels: Figures) -> str:
    cost = levels["CPU ms"]
    parts = sorted(cost["accepted"], key=lambda part: -cost["accepted"][part])
    rows = [(part, *(kind[part] for kind in cost.values())) for part in parts]
    total = ("**all**", *(sum(kind.values()) for kind in cost.values()))
    return f"""## CPU milliseconds of a request, by part

Told apart by least squares over spans of {SPAN_SAMPLES * GLANCE_SECONDS:g} s, with and without
overload.

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
