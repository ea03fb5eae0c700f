"""What the guard watches and what was aimed at, end to end."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.measures.findings import Finding, at_most
from benchmarks.performance.end_to_end.compared import (
    bare,
    cpu,
    described,
    inference_ms,
    mean,
    rates,
    times,
)
from benchmarks.performance.end_to_end.contenders import DEFAULTS, ONE_LOOK, OURS, TUNED
from benchmarks.performance.end_to_end.schedule import COMPARED

Found = Mapping[str, Any]

DESCRIBED_TIMES, TUNED_TIMES = 8.0, 2.5
DESCRIBED_P95, TUNED_P95 = 0.25, 0.5
OVERHEAD_MS = 7.0
ALONE_MS = 8.0
AS_DESCRIBED, LOOP = "first generation as described", "the bare loop"


def ratios(found: Found) -> Mapping[str, Sequence[float]]:
    """Return answers a second against each rival at the compared number of clients, run by run.

    The rival as described has one name whether one worker of it was better or four.
    """
    theirs = {AS_DESCRIBED: rates(found, described(found)), TUNED: rates(found, TUNED)}
    if DEFAULTS in found["first"]:
        theirs[DEFAULTS] = rates(found, DEFAULTS)
    theirs[LOOP] = [run["one a core"]["rate"] for run in found["bare"]]
    named = f"answers a second at {COMPARED} clients / {{}}"
    return {named.format(name): times(rates(found, OURS), one) for name, one in theirs.items()}


def targets(found: Found) -> list[dict[str, Any]]:
    """Return the findings as the result file keeps them."""
    return [asdict(finding) | {"met": finding.met} for finding in findings(found)]


def findings(found: Found) -> list[Finding]:
    """Return what was aimed at with what was measured, the means of the runs."""
    return [*_against(found), _overhead(found), _alone(found)]


def _against(found: Found) -> list[Finding]:
    """Return what was aimed at with stock's input of the detector; what is shipped is reported."""
    aims = ((described(found), DESCRIBED_TIMES, DESCRIBED_P95), (TUNED, TUNED_TIMES, TUNED_P95))
    aimed = aims if ONE_LOOK in found["first"] else ()
    return [
        *(each for aim in aimed for each in _beside(found, ONE_LOOK, *aim)),
        *(each for rival, *_ in aims for each in _beside(found, OURS, rival)),
    ]


def _beside(
    found: Found, ours: str, rival: str, more: float | None = None, slower: float | None = None
) -> list[Finding]:
    """Return throughput and p95 in those of a rival, with what was aimed at if anything was."""
    what = f"at {COMPARED} clients of {ours}, in that of {rival}"
    rate, late = (
        mean(found, ours, figure) / mean(found, rival, figure) for figure in ("a second", "p95 ms")
    )
    return [
        Finding(found["pack"], f"throughput {what}", more, None, rate),
        Finding(found["pack"], f"p95 {what}", None, slower, late),
    ]


def overhead_ms(found: Found) -> float:
    """Return the CPU of a request less that of its photo in the bare loop, milliseconds."""
    return cpu(found, OURS) - inference_ms(found)


def _overhead(found: Found) -> Finding:
    what = "CPU ms a request of all that is not inference, the client left out"
    return at_most(found["pack"], what, OVERHEAD_MS, overhead_ms(found))


def slower_alone_ms(found: Found) -> float:
    """Return the median of one client less that of the bare loop, milliseconds."""
    return float(found["first"][OURS]["closed"]["1"]["p50 ms"]) - bare(
        found, "one process", "p50_ms"
    )


def _alone(found: Found) -> Finding:
    what = "ms that the median of one client is over that of the bare loop"
    return at_most(found["pack"], what, ALONE_MS, slower_alone_ms(found))
