"""The bounds of `make load`, held against its figures. None is met by what was not measured."""

from typing import Any

from benchmarks.measures.findings import Finding, at_least, at_most

BELOW, ABOVE = 0.8, 3.0  # times the capacity
HIGHEST = f"{ABOVE:g} times capacity"
ACCEPTED_OF_PEAK = 0.95
SLOWER_AT_MOST = 2.0
REFUSAL_MS = 50.0
RECOVERED_SECONDS = 5.0
RAYS_SERVERS = frozenset({"gcs", "raylet"})
GROWTH_MB_A_MINUTE = 0.5
COUNTS_GROWN = 4
SAMPLES = 20  # Fewer have no trend.
OFFERED_OF_PLANNED = 0.95
NEVER = float("inf")

Figures = dict[str, Any]


def judged(phases: dict[str, Figures]) -> list[Finding]:
    """Return a finding for each bound of each phase that was run, in a fixed order."""
    judges = {
        "ramp": overload,
        "levels": overload,
        "spike": spike,
        "short": short,
        "soak": soak,
        "mixed": mixed,
    }
    return [
        finding
        for name, judge in judges.items()
        if name in phases
        for finding in judge(name, phases[name])
    ]


def overload(name: str, figures: Figures) -> list[Finding]:
    """Judge a load that passes capacity by what it is in times without."""
    highest, below = (_level(figures, multiple) for multiple in (ABOVE, BELOW))
    peak = max(level["accepted a second"] for level in figures["levels"])
    accepted = highest["accepted a second"] / peak
    slower = _ratio(highest["p99 ms"], below["p99 ms"])
    refusal = _number(figures["refused, timed by the prober"]["p50 ms"])
    return [
        at_least(name, f"accepted at {HIGHEST}, of peak throughput", ACCEPTED_OF_PEAK, accepted),
        at_most(name, f"p99 of accepted at {HIGHEST}, of that at {BELOW}", SLOWER_AT_MOST, slower),
        _offered(name, figures),
        at_most(name, "429 timed by the prober, median ms", REFUSAL_MS, refusal),
        _others(name, figures),
    ]


def short(name: str, figures: Figures) -> list[Finding]:
    """Judge the shape that has something of each."""
    return [*overload(name, figures), _recovered(name, figures)]


def spike(name: str, figures: Figures) -> list[Finding]:
    """Judge a load that comes out of nothing."""
    return [_recovered(name, figures), _offered(name, figures), _others(name, figures)]


def soak(name: str, figures: Figures) -> list[Finding]:
    """Judge what should not grow."""
    memory = figures["memory"]
    slope = Finding(
        name, "memory, MB a minute", None, GROWTH_MB_A_MINUTE,
        memory["slope"], memory["low"], memory["high"],
    )  # fmt: skip
    return [
        slope,
        *(finding for what in figures["counts"] for finding in _counted(name, what, figures)),
        _grown(name, "Ray's objects, tasks, actors", figures["Ray objects"]["grown"]),
        at_least(name, "samples of these", SAMPLES, figures["samples"]),
        _offered(name, figures),
        _others(name, figures),
    ]


def mixed(name: str, figures: Figures) -> list[Finding]:
    """Judge the stories that six people went through."""
    steps = list(figures["steps"].values())
    wrong = sum(step["failures"] for step in steps)
    stories = figures["steps"].get("read, erased", {"requests": 0})["requests"]
    return [
        at_most(name, "answers that were wrong", 0, wrong),
        at_least(name, "stories told to the end", 6, stories),
    ]


def _counted(name: str, what: str, figures: Figures) -> list[Finding]:
    """Judge all of them, and those of each part: one that ends hides none that leaks.

    Threads of each part alone, and not those of Ray's own servers: gRPC keeps a pool of them there,
    which grows and shrinks by rules of its own.
    """
    parts = figures["counts by part"][what]
    if what == "threads":
        own = [trend["grown"] for part, trend in parts.items() if part not in RAYS_SERVERS]
        return [_grown(name, f"{what} of one part", max(own))]
    return [
        _grown(name, what, figures["counts"][what]["grown"]),
        _grown(name, f"{what} of one part", max(trend["grown"] for trend in parts.values())),
    ]


def _grown(name: str, what: str, grown: float) -> Finding:
    return at_most(name, f"{what} more than at first", COUNTS_GROWN, grown)


def _offered(name: str, figures: Figures) -> Finding:
    """Judge the load itself, where it was the highest."""
    highest = max(figures["levels"], key=lambda level: float(level["multiple"]))
    planned = highest["multiple"] * figures["capacity a second"]
    what = f"offered at {highest['multiple']:g} times capacity, of what was planned"
    return at_least(name, what, OFFERED_OF_PLANNED, highest["offered a second"] / planned)


def _recovered(name: str, figures: Figures) -> Finding:
    after = _number(figures["recovered after, s"])
    return at_most(name, "felt after its end, s", RECOVERED_SECONDS, after)


def _others(name: str, figures: Figures) -> Finding:
    others = sum(figures["other answers"].values())
    return at_most(name, "answers other than 200 and 429", 0, others)


def _level(figures: Figures, multiple: float) -> Figures:
    found: Figures = next(each for each in figures["levels"] if each["multiple"] == multiple)
    return found


def _ratio(one: float | None, other: float | None) -> float:
    return NEVER if one is None or other is None else one / other


def _number(figure: float | None) -> float:
    return NEVER if figure is None else figure
