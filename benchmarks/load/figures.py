"""From what was observed to figures: plain numbers by name, as the result file keeps them."""

import csv
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.load import cost, generator, recovery, requests
from benchmarks.load.cost import Span
from benchmarks.load.shaped import Bench, Observed, drive
from benchmarks.load.trend import Trend, trend
from benchmarks.load.watch import BY_PART
from locustfiles.outcomes import ACCEPTED, REFUSED
from locustfiles.steps import Window, seconds

SPAN_SAMPLES = 4
COUNTED = ("descriptors", "sockets", "processes", "threads")

Figures = dict[str, Any]


def overload(bench: Bench, shape: str) -> Figures:
    """Run a shape that passes capacity, and tell how the service bore it."""
    observed = drive(bench, shape)
    figures = _common(observed) | {
        "steps": [_at(observed, [window]) for window in observed.windows],
        "levels": _levels(observed),
        "each second": _each_second(observed),
        "refused, timed by the prober": _refusals(observed),
        "CPU ms": cost.milliseconds(_spans(observed)),
    }
    if shape in {"spike", "short"}:
        figures["recovered after, s"] = _recovered(observed)
    return figures


def soak(bench: Bench) -> Figures:
    """Run the long steady load, and tell what grew."""
    observed = drive(bench, "soak")
    at = [sample.at - observed.beginning for sample in observed.samples]
    memory = [sample.megabytes for sample in observed.samples]
    _write(bench.folder / "soak.memory.csv", at, memory)
    counts = {name: [getattr(one, name) for one in observed.samples] for name in COUNTED}
    return _common(observed) | {
        "minutes": bench.soak_minutes,
        "levels": _levels(observed),
        "samples": len(at),
        **requests.percentiles(observed.requests.of(ACCEPTED)),
        "memory": trend(at, [sum(one.values()) for one in memory]),
        "memory by part": _by_part(at, memory),
        "counts": {
            name: trend(at, [sum(one.values()) for one in counts[name]]) for name in COUNTED
        },
        "counts by part": {name: _by_part(at, counts[name]) for name in COUNTED},
        "Ray objects": trend(at, [sample.ray_objects for sample in observed.samples]),
    }


def mixed(bench: Bench, minutes: float) -> Figures:
    """Let six people be enrolled, found, verified and erased; every answer is checked."""
    output = bench.folder / "mixed"
    bench.require_cores()
    timed = ("--users", "6", "--spawn-rate", "6", "--run-time", f"{60 * minutes:.0f}s")
    bench.locust("mixed", output, *timed)
    bench.require_cores()
    return {"minutes": minutes, "steps": generator.statistics(output)}


def _common(observed: Observed) -> Figures:
    return {
        "capacity a second": observed.capacity,
        "requests": len(observed.requests),
        "accepted": len(observed.requests.of(ACCEPTED)),
        "refused": len(observed.requests.of(REFUSED)),
        "other answers": observed.requests.failures,
    }


def _levels(observed: Observed) -> list[Figures]:
    """Return the figures of each height, all of its steps together, the lowest first."""
    heights = sorted({window.multiple for window in observed.windows})
    return [
        _at(observed, [window for window in observed.windows if window.multiple == height])
        for height in heights
    ]


def _at(observed: Observed, windows: list[Window]) -> Figures:
    return {
        "multiple": windows[0].multiple,
        **requests.within(observed.requests, windows),
        "CPU": observed.cpu(windows),
    }


def _refusals(observed: Observed) -> Figures:
    refused = observed.probes.of(REFUSED)
    return {"probes": len(refused)} | requests.percentiles(refused)


def _recovered(observed: Observed) -> float:
    """Return how long the highest step was felt after its end."""
    first = observed.windows[0]
    highest = max(observed.windows, key=lambda window: window.multiple)
    until = seconds(observed.plan)
    return recovery.seconds(observed.requests, (first.begin, first.end), highest.end, until)


def _each_second(observed: Observed) -> list[tuple[int, int, int, float | None]]:
    """Return sent, accepted, refused and the median of who was accepted, second by second."""
    rows = []
    for begin in range(int(seconds(observed.plan))):
        sent = observed.requests.sent_in(begin, begin + 1)
        accepted = sent.of(ACCEPTED)
        median = float(np.median(accepted.milliseconds)) if len(accepted) else None
        rows.append((len(sent), len(accepted), len(sent.of(REFUSED)), median))
    return rows


def _spans(observed: Observed) -> list[Span]:
    samples = observed.samples[::SPAN_SAMPLES]
    spans = []
    for early, late in pairwise(samples):
        begin, end = (sample.at - observed.beginning for sample in (early, late))
        answered = observed.requests.answered_in(begin, end)
        cpu = {
            part: used - early.cpu_seconds.get(part, 0.0) for part, used in late.cpu_seconds.items()
        }
        accepted, refused = (len(answered.of(outcome)) for outcome in (ACCEPTED, REFUSED))
        spans.append(Span(end - begin, accepted, refused, cpu))
    return spans


def _write(path: Path, at: list[float], samples: list[BY_PART]) -> None:
    """Keep what each part held at each moment: a slope does not tell a step from a leak."""
    with path.open("w", newline="") as file:
        rows = csv.DictWriter(file, ["seconds", *_parts(samples)], restval=0.0)
        rows.writeheader()
        for second, sample in zip(at, samples, strict=True):
            rows.writerow({"seconds": round(second, 1)} | sample)


def _by_part(at: list[float], samples: list[BY_PART]) -> dict[str, Trend]:
    """Return the trend of each part; one that was not there yet, or no more, held nothing."""
    return {
        part: trend(at, [sample.get(part, 0.0) for sample in samples]) for part in _parts(samples)
    }


def _parts(samples: list[BY_PART]) -> list[str]:
    return sorted({part for sample in samples for part in sample})
