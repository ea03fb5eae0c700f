"""What the figures of a run amount to: contenders held against each other where all are compared.

`found` is what `measuring.measure` returned, or the same read back from JSON.
"""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from benchmarks.performance.end_to_end.contenders import DESCRIBED, POSTGRESQL
from benchmarks.performance.end_to_end.schedule import COMPARED

Found = Mapping[str, Any]

INFERENCE = ("embedder", "decoder")
# What a reader wants told apart; whatever else a service consists of is Ray's.
SHARES = {
    "embedder": "embedder",
    "decoder": "embedder",
    "application": "application",
    "ingress": "ingress",
    "matcher": "matcher",
    POSTGRESQL: "PostgreSQL",
    "haproxy": "HAProxy",
    "limiter": "limiter, telemetry",
    "telemetry": "limiter, telemetry",
}
REST = "Ray"
ORDER = (*dict.fromkeys(SHARES.values()), REST)


def points(found: Found, name: str) -> list[Found]:
    """Return the contender's points with as many clients as all are compared at, one a run."""
    return [found["first"][name]["closed"][str(COMPARED)], *again(found, name)]


def again(found: Found, name: str) -> list[Found]:
    """Return those of the later rounds; a result of two rounds in all has the point by itself."""
    told = found["again"].get(name, [])
    return [told] if isinstance(told, Mapping) else list(told)


def rates(found: Found, name: str) -> list[float]:
    """Return its answers a second there, one a run."""
    return [point["a second"] for point in points(found, name)]


def mean(found: Found, name: str, figure: str) -> float:
    """Return a figure of its points there, the mean of the runs."""
    return fmean(point[figure] for point in points(found, name))


def missed(found: Found, name: str) -> float:
    """Return the share of answers there that should have named somebody and named nobody."""
    runs = points(found, name)
    nobody, somebody = (sum(int(run[each]) for run in runs) for each in ("missed", "mated"))
    return nobody / somebody


def cpu(found: Found, name: str) -> float:
    """Return the CPU milliseconds of a request there, of all processes but the client."""
    return sum(shares(found, name).values())


def shares(found: Found, name: str) -> dict[str, float]:
    """Return the same by share, the mean of the runs."""
    runs = [in_shares(point["CPU ms"]) for point in points(found, name)]
    return {
        share: fmean(run.get(share, 0.0) for run in runs) for share in ORDER if share in runs[0]
    }


def in_shares(parts: Mapping[str, float]) -> dict[str, float]:
    """Add up parts of a service, as `processes` names them, that a reader sees as one."""
    added = dict.fromkeys(ORDER, 0.0)
    for part, value in parts.items():
        added[SHARES.get(part, REST)] += value
    return {share: value for share, value in added.items() if value}


def described(found: Found) -> str:
    """Return the name of the rival as described that answers more, of those that were measured."""
    measured = [name for name in DESCRIBED.values() if name in found["first"]]
    return max(measured, key=lambda name: mean(found, name, "a second"))


def bare(found: Found, processes: str, figure: str) -> float:
    """Return a figure of the bare loop, the mean of before and after."""
    return fmean(run[processes][figure] for run in found["bare"])


def inference_ms(found: Found) -> float:
    """Return the CPU milliseconds of a photo in the bare loop with one process a core."""
    return bare(found, "one a core", "cpu_ms")


def spread(values: Sequence[float]) -> float | None:
    """Return by what share of their mean identical runs differ; None where there was one."""
    return (max(values) - min(values)) / fmean(values) if len(values) > 1 else None


def times(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Return how many times theirs ours are, run by run."""
    return [one / other for one, other in zip(ours, theirs, strict=False)]
