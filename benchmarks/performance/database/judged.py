"""What the guard watches and what was aimed at, of the database."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from benchmarks.measures.findings import Finding, at_least
from benchmarks.performance.database.rows import largest
from benchmarks.performance.database.scans import EXACT, NAIVE

RECALL = 0.99  # Of mated probes, in a gallery of any size.

Found = Mapping[str, Any]


def ratios(found: Found) -> dict[str, list[float]]:
    """Return how many times as long the scans take, each where it takes longest."""
    scanned = [one for one in found["sizes"] if NAIVE in one["scans"]]
    told = {_name(EXACT, largest(found)): _times(EXACT, largest(found))}
    if scanned:
        told |= {_name(NAIVE, scanned[-1]): _times(NAIVE, scanned[-1])}
    return told


def _name(rival: str, size: Found) -> str:
    return f"{rival} / search, p50, {size['people']:,} people"


def _times(rival: str, size: Found) -> list[float]:
    return [one[rival] / one["ours"] for one in size["rounds, p50 ms"]]


def targets(found: Found) -> list[dict[str, Any]]:
    """Return the recall that is aimed at, with what was measured."""
    told = [_recall(found, size) for size in found["sizes"]]
    return [asdict(finding) | {"met": finding.met} for finding in told]


def _recall(found: Found, size: Found) -> Finding:
    what = f"mated top-1 recall of a search among {size['people']:,} people"
    return at_least(found["pack"], what, RECALL, size["search"]["mated recall"])
