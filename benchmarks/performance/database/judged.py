"""What the guard watches and what was aimed at, of the database."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from benchmarks.measures.findings import Finding, at_least
from benchmarks.performance.database.asking import MATED
from benchmarks.performance.database.rows import largest
from benchmarks.performance.database.scans import EXACT, NAIVE
from benchmarks.performance.database.target import SHIPPED_WAY

RECALL = 0.99  # Of mated probes, in a gallery of any size.
CACHED = 64e6  # Bytes. A scan of fewer takes a third less in one run than in the next.

Found = Mapping[str, Any]


def ratios(found: Found) -> dict[str, list[float]]:
    """Return how many times as long the scans take as a stranger's search, each way to search.

    The exact one in the largest gallery, unless a cache may hold it; the naive one in the largest
    where it was measured. And the share of mates that is found, lest a search be made quick by
    finding fewer.
    """
    size = largest(found)
    told = {f"mated recall, {size['people']:,} people": [_recalled(size)]}
    if size["bytes"]["vectors"] > CACHED:
        told |= _each_way(EXACT, size)
    scanned = [one for one in found["sizes"] if NAIVE in one["scans"]]
    return told | (_each_way(NAIVE, scanned[-1]) if scanned else {})


def _each_way(rival: str, size: Found) -> dict[str, list[float]]:
    return {_name(rival, way, size): times(rival, way, size) for way in size["search"]}


def _name(rival: str, way: str, size: Found) -> str:
    return f"{rival} / stranger's search, {way}, p50, {size['people']:,} people"


def times(rival: str, way: str, size: Found) -> list[float]:
    """Return how many times as long as a stranger's search a rival took, round by round."""
    return [one[rival] / one[way] for one in size["rounds, p50 ms"]]


def targets(found: Found) -> list[dict[str, Any]]:
    """Return the recall that is aimed at as shipped, with what was measured."""
    told = [_recall(found, size) for size in found["sizes"]]
    return [asdict(finding) | {"met": finding.met} for finding in told]


def _recall(found: Found, size: Found) -> Finding:
    what = f"mated top-1 recall of a search among {size['people']:,} people"
    return at_least(found["pack"], what, RECALL, _recalled(size))


def _recalled(size: Found) -> float:
    return float(size["search"][SHIPPED_WAY][MATED]["recall"])
