"""What the database layer might have found: small, made up, and each figure to be told apart."""

from typing import Any

from benchmarks.performance.database.curves import BY_COSINE, BY_EF_SEARCH
from benchmarks.performance.database.scans import EXACT, NAIVE

Found = dict[str, Any]


def searched(p50: float, recall: float) -> Found:
    """Return the figures of searches that took that long."""
    return {
        "p50 ms": p50,
        "p95 ms": 2 * p50,
        "p99 ms": 3 * p50,
        "PostgreSQL CPU ms": 0.75 * p50,
        "mated probes": 400,
        "mated recall": recall,
        "mated matched": recall - 0.001,
        "strangers": 400,
        "strangers recall": recall / 2,
        "strangers refused": 1.0,
    }


def size(people: int, p50: float, recall: float, scans: Found) -> Found:
    """Return what was found of one size; `scans` are the times that each rival took as long."""
    return {
        "people": people,
        "filled": {"people": people, "rows_seconds": 1.0, "index_seconds": people / 640},
        "bytes": {
            "vectors": 1000 * people,
            "vector index": 1300 * people,
            "keys of vectors": 50 * people,
            "rows of a person": 654.0,
        },
        "search": searched(p50, recall),
        "many callers": searched(4 * p50, recall) | {"a second": 1234.0},
        "scans": {
            name: {"p50 ms": times * p50, "p95 ms": times * p50, "p99 ms": times * p50}
            for name, times in scans.items()
        },
        "rounds, p50 ms": [
            {"ours": p50, **{name: moved * times * p50 for name, times in scans.items()}}
            for moved in (1.0, 1.1)
        ],
        "enrol": {"people": 200, "a second": 222.0, "p50 ms": 4.44, "p95 ms": 5.55},
        "erase": {"people": 200, "a second": 333.0, "p50 ms": 3.33, "p95 ms": 6.66},
    }


def layer(*sizes: Found) -> Found:
    """Return what a run found, with these sizes."""
    return {
        "pack": "some pack",
        "dimension": 512,
        "cosine": 0.7,
        "callers": 8,
        "read whole up to": 1000,
        "tuning": {"ef_search": 100, "pool_size": 8},
        "amounts": {"probes": 400, "scans": 25, "enrolments": 200},
        "sizes": list(sizes),
        BY_EF_SEARCH: [
            {"ef_search": 40, **searched(2.25, 0.875)},
            {"ef_search": 400, **searched(17.5, 0.986)},
        ],
        BY_COSINE: [
            {"cosine": cosine, **searched(7.5, cosine), "strangers recall": None}
            for cosine in (0.5, 0.9)
        ],
    }


FOUND = layer(
    size(10_000, 1.75, 1.0, {EXACT: 2.0, NAIVE: 70.0}),
    size(100_000, 8.25, 0.672, {EXACT: 6.0}),
)
LARGE = {
    "people": 1_000_000,
    "date": "2026-01-02",
    "commit": "abc1234",
    "layers": {"database": layer(size(1_000_000, 21.5, 0.412, {EXACT: 30.0}))},
}
