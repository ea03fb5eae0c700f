"""A run of the bench with small made-up figures, as far as `facegraph capacity` reads it."""

from typing import Any

from benchmarks.subjects.packs_at_hand import STANDIN_NAME
from tests.unit.benchmarks.performance.scaling_points import TRUTH, all_points
from tests.unit.benchmarks.rows import PROVENANCE


def size(people: int, cpu: float, p50: float, seconds: float) -> dict[str, Any]:
    """Return one size of the database layer; a template takes 1,200, 1,100, 30 and 180 bytes.

    The index alone takes these times, and the search as shipped as many ms more as there are
    units of 25,000 people.
    """
    more = people / 25_000
    return {
        "people": people,
        "filled": {"people": people, "rows_seconds": 1.0, "index_seconds": seconds},
        "bytes": {
            "vector index": 1200 * people,
            "vectors": 1100 * people,
            "keys of vectors": 30 * people,
            "signs with their key": 180 * people,
            "rows of a person": 700.0,
        },
        "search": {
            "as shipped": searched(cpu + more, p50 + more, 1.0),
            "index alone": searched(cpu, p50, 0.75),
        },
    }


def searched(cpu: float, p50: float, recall: float) -> dict[str, Any]:
    """Return the figures of one way; medians of mates and strangers are 1 ms about that."""
    return {
        "PostgreSQL CPU ms": cpu,
        "mated": {"p50 ms": p50 - 0.5, "recall": recall},
        "strangers": {"p50 ms": p50 + 0.5, "recall": recall},
    }


DATABASE = {
    "dimension": 512,
    "cosine": 0.7,
    "read whole up to": 2000,
    "tuning": {"compare_all_up_to": 500_000},
    "sizes": [
        size(1_000, 0.1, 0.2, 0.1),
        size(10_000, 1.0, 2.0, 4.0),
        size(100_000, 1.5, 3.0, 50.0),
    ],
}

END_TO_END = {
    "pack": STANDIN_NAME,
    "people": 100_000,
    "cores": 2,
    "bare": [{"one a core": {"cpu_ms": 12.0}}, {"one a core": {"cpu_ms": 14.0}}],
    "first": {
        "Facegraph": {
            "closed": {
                "1": {"p50 ms": 25.0},
                "16": {
                    "CPU ms": {
                        "embedder": 12.0,
                        "decoder": 2.5,
                        "ingress": 3.0,
                        "postgresql": 8.0,
                        "haproxy": 0.25,
                    }
                },
            },
            "memory, MB": {
                "embedder": 500.0,
                "decoder": 100.0,
                "ingress": 130.0,
                "raylet": 70.0,
                "postgresql": 150.0,
            },
        },
        "Facegraph, index alone": {"closed": {"16": {"CPU ms": {"postgresql": 1.75}}}},
    },
}

STAGES = {"decode": 1.5, "detect": 4.0, "align": 1.0, "embed": 6.0, "total": 12.5}
OTHER_STAGES = {"decode": 1.5, "detect": 3.0, "align": 1.0, "embed": 9.0, "total": 14.5}


def rival(cpu: float, stages: dict[str, float] | None) -> dict[str, Any]:
    """Return what one rival of the inference layer was seen to take."""
    return {"CPU ms": cpu, "wall ms": cpu, "photos a second": 1000 / cpu, "stages": stages}


def rows() -> list[dict[str, Any]]:
    """Return the pipeline by engine, threads and runs; two threads are 1.5 times as quick."""
    return [
        {
            "engine": engine,
            "threads": threads,
            "photos in a run": count,
            "CPU ms": cpu * threads,
            "wall ms": cpu / (1.5 if threads == 2 else 1),
            "photos a second": 1000 / cpu * (1.5 if threads == 2 else 1),
            "stages": STAGES,
        }
        for engine, cpu in (("onnxruntime", 12.5), ("openvino", 16.0))
        for threads in (1, 2)
        for count in (1, 4, 8)
    ]


RACE = [
    {
        "stock": rival(50.0, None),
        "ours at 640": rival(20.0, STAGES),
        "ours as shipped": rival(each, STAGES),
        "ours on onnxruntime": rival(12.5, STAGES),
        "ours on openvino": rival(16.0, STAGES),
    }
    for each in (12.5, 12.0)
]

INFERENCE = {
    "pack": STANDIN_NAME,
    "engine as shipped": "onnxruntime 1.2.3 CPU",
    "photos": {
        "portraits": {"number": 36, "longer side, px": 512, "megapixels": 0.25},
        "3000 px": {"number": 6, "longer side, px": 3000, "megapixels": 9.0},
    },
    "race": {"portraits": RACE, "3000 px": RACE},
    "batches": rows(),
    "work": {"detector": 0.125, "recogniser": 0.5, "detector pixels": 102_400},
    "dense": {"engine": "openvino 4.5.6 CPU", "gmacs": 6.25, "CPU ms": 50.0},
    "default pack": {"engine": "onnxruntime 1.2.3 CPU", "stages": OTHER_STAGES},
}


def scaling() -> dict[str, Any]:
    """Return the scaling layer of a machine of two cores on which the model is true."""
    truth = TRUTH.model_copy(update={"cores": 2})
    return {
        "points": [point.told() for point in all_points(2, truth)],
        "model": truth.model_dump(),
        "shipped": {"max_replicas": 2, "num_cpus": 0.4, "max_batch_size": 8},
        "rounds": 3,
        "seconds a span": 1.3,
        "cores": 2,
    }


def run() -> dict[str, Any]:
    """Return the document of a result file."""
    layers = {
        "database": DATABASE,
        "inference": INFERENCE,
        "scaling": scaling(),
        "end to end": END_TO_END,
    }
    return PROVENANCE | {"layers": layers}
