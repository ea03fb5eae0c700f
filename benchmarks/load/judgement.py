"""The bounds of `make load`, held against its figures. None is met by what was not measured."""

from typing import Any

from benchmarks.measures.findings import Finding, at_least, at_most

BELOW, ABOVE = 0.8, 3.0  # times the capacity
HIGHEST = "three times capacity"
ACCEPTED_OF_PEAK = 0.95
SLOWER_AT_MOST = 2.0
REFUSAL_MS = 50.0
RECOVERED_SECONDS = 5.0
GROWTH_MB_A_MINUTE = 0.5
COUNTS_GROWN = 4
OFFERED_OF_PLANNED = 0.95
NEVER = float("inf")

Figures = dict[str, Any]


def judged(phases: dict[str, Figures]) -> list[Finding]:
    """Return a finding for each bound of each phase that was run, in a fixed order."""
    judges = {
        "ramp": ramp,
        "levels": levels,
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


def ramp(name: str, figures: Figures) -> list[Finding]:
    """Judge what a load that passes capacity is told, and whether it was one."""
    planned = ABOVE * figures["capacity a second"]
    offered = _level(figures, ABOVE)["offered a second"] / planned
    refusal = _number(figures["refused, timed by the prober"]["p50 ms"])
    return [
        at_least(name, f"offered at {HIGHEST}, of what was planned", OFFERED_OF_PLANNED, offered),
        at_most(name, "429 timed by the prober, median ms", REFUSAL_MS, refusal),
        _others(name, figures),
    ]


def levels(name: str, figures: Figures) -> list[Finding]:
    """Judge overload by what it is in times without."""
    highest, below = (_level(figures, multiple) for multiple in (ABOVE, BELOW))
    peak = max(level["accepted a second"] for level in figures["levels"])
    accepted = highest["accepted a second"] / peak
    slower = _ratio(highest["p99 ms"], below["p99 ms"])
    return [
        at_least(name, f"accepted at {HIGHEST}, of peak throughput", ACCEPTED_OF_PEAK, accepted),
        at_most(name, f"p99 of accepted at {HIGHEST}, of that at 0.8", SLOWER_AT_MOST, slower),
        *ramp(name, figures),
    ]


def short(name: str, figures: Figures) -> list[Finding]:
    """Judge the shape that has something of each."""
    return [*levels(name, figures), _recovered(name, figures)]


def spike(name: str, figures: Figures) -> list[Finding]:
    """Judge a load that comes out of nothing."""
    return [_recovered(name, figures), _others(name, figures)]


def soak(name: str, figures: Figures) -> list[Finding]:
    """Judge what should not grow."""
    memory = figures["memory"]
    slope = Finding(
        name, "memory, MB a minute", None, GROWTH_MB_A_MINUTE,
        memory["slope"], memory["low"], memory["high"],
    )  # fmt: skip
    counted = figures["counts"] | {"Ray's objects, tasks, actors": figures["Ray objects"]}
    grown = [
        at_most(name, f"{what} more than at first", COUNTS_GROWN, one["grown"])
        for what, one in counted.items()
    ]
    return [slope, *grown, _others(name, figures)]


def mixed(name: str, figures: Figures) -> list[Finding]:
    """Judge the stories that six people went through."""
    steps = list(figures["steps"].values())
    wrong = sum(step["failures"] for step in steps)
    stories = figures["steps"].get("read, erased", {"requests": 0})["requests"]
    return [
        at_most(name, "answers that were wrong", 0, wrong),
        at_least(name, "stories told to the end", 6, stories),
    ]


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
