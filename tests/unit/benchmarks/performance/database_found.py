"""What the database layer might have found: small, made up, and each figure to be told apart."""

from typing import Any

from benchmarks.performance.database.asking import MATED, STRANGERS
from benchmarks.performance.database.curves import BY_COSINE, BY_EF_SEARCH
from benchmarks.performance.database.scans import EXACT, NAIVE
from benchmarks.performance.database.target import INDEX_ALONE, SHIPPED_WAY

Found = dict[str, Any]


def searched(p50: float, recall: float) -> Found:
    """Return the figures of searches that took that long of mates, and twice that of strangers."""
    return {
        "PostgreSQL CPU ms": 0.75 * p50,
        MATED: kind(p50, recall, recall - 0.001),
        STRANGERS: kind(2 * p50, recall / 2, 1.0),
    }


def kind(p50: float, recall: float, right: float) -> Found:
    """Return the figures of one kind of probe."""
    taken = {"p50 ms": p50, "p95 ms": 2 * p50, "p99 ms": 3 * p50}
    return {"probes": 400, **taken, "recall": recall, "right": right}


def both_ways(p50: float, recall: float) -> Found:
    """Return the figures of searches as shipped, and of the index alone, four times as fast."""
    return {SHIPPED_WAY: searched(p50, recall), INDEX_ALONE: searched(p50 / 4, recall / 2)}


def size(people: int, p50: float, recall: float, scans: Found) -> Found:
    """Return what was found of one size; `scans` are the times a rival took of a stranger's."""
    stranger = {SHIPPED_WAY: 2 * p50, INDEX_ALONE: p50 / 2}
    taken = {name: times * stranger[SHIPPED_WAY] for name, times in scans.items()}
    return {
        "people": people,
        "filled": {"people": people, "rows_seconds": 1.0, "index_seconds": people / 640},
        "bytes": {
            "vectors": 1000 * people,
            "vector index": 1300 * people,
            "keys of vectors": 50 * people,
            "signs with their key": 170 * people,
            "rows of a person": 654.0,
        },
        "search": both_ways(p50, recall),
        "many callers": {
            way: found | {"a second": 1234.0} for way, found in both_ways(4 * p50, recall).items()
        },
        "scans": {
            name: dict.fromkeys(("p50 ms", "p95 ms", "p99 ms"), each)
            for name, each in taken.items()
        },
        "rounds, p50 ms": [
            {**stranger, **{name: moved * each for name, each in taken.items()}}
            for moved in (1.0, 1.1)
        ],
        "enrol": {"people": 200, "a second": 222.0, "p50 ms": 4.44, "p95 ms": 5.55},
        "erase": {"people": 200, "a second": 333.0, "p50 ms": 3.33, "p95 ms": 6.66},
    }


def read_whole(people: int, p50: float) -> Found:
    """Return what was found of a gallery that is read whole, which asks no index."""
    found = size(people, p50, 1.0, {})
    return found | {what: _shipped_alone(found[what]) for what in ("search", "many callers")}


def _shipped_alone(found: Found) -> Found:
    return {SHIPPED_WAY: found[SHIPPED_WAY]}


def layer(*sizes: Found) -> Found:
    """Return what a run found, with these sizes."""
    return {
        "pack": "some pack",
        "dimension": 512,
        "cosine": 0.7,
        "callers": 8,
        "read whole up to": 1000,
        "clearly over": 0.1,
        "tuning": {"ef_search": 100, "pool_size": 8, "compare_all_up_to": 500_000},
        "amounts": {"probes": 400, "scans": 25, "enrolments": 200},
        "sizes": list(sizes),
        BY_EF_SEARCH: [
            {"ef_search": 40, **searched(2.25, 0.875)},
            {"ef_search": 400, **searched(17.5, 0.986)},
        ],
        BY_COSINE: [
            {
                "cosine": cosine,
                **{way: _mates_alone(each) for way, each in both_ways(7.5, cosine).items()},
            }
            for cosine in (0.5, 0.9)
        ],
    }


def _mates_alone(found: Found) -> Found:
    return {name: each for name, each in found.items() if name != STRANGERS}


FOUND = layer(
    size(10_000, 1.75, 1.0, {EXACT: 2.0, NAIVE: 70.0}),
    size(100_000, 8.25, 0.984, {EXACT: 6.0}),
)
LARGE = {
    "people": 1_000_000,
    "date": "2026-01-02",
    "commit": "abc1234",
    "layers": {"database": layer(size(1_000_000, 21.5, 0.412, {EXACT: 30.0}))},
}
