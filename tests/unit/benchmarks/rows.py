"""A row of models.json with invented figures, as `make bench-models` writes them."""

from typing import Any

MACHINE = {
    "processor": "Some CPU",
    "instruction_sets": ["avx2"],
    "cores": 2,
    "memory_gb": 8.0,
    "gflops_per_core": 50.0,
}
PROVENANCE = {
    "date": "2026-01-02",
    "commit": "abc1234",
    "machine": MACHINE,
    "versions": {"numpy": "2.0"},
}


def row(pack: str, processor: str = "Some CPU", *, embed: float = 20.0) -> dict[str, Any]:
    """Return the row of a pack on a machine."""
    stages = {"decode": 1.0, "detect": 5.0, "align": 0.5, "embed": embed, "total": 6.5 + embed}
    photos = {"512 px": stages, "3000 px": stages}
    return PROVENANCE | {
        "pack": pack,
        "machine": MACHINE | {"processor": processor},
        "portraits": 204,
        "figures": {
            "dimension": 128,
            "licence": "MIT",
            "roof": {"recogniser 112": {"GMAC": 0.5, "CPU ms": 20.0}},
            "memory": {"auto": 321.0},
            "engines": {"auto": photos},
            "accuracy": {
                "portraits": accuracy(),
                "thumbnails": accuracy(),
                "thumbnails without a face": 7,
                "spread": {"genuine": [0.01] * 100, "impostor": [0.01] * 100},
            },
            "detector sizes": {
                side: {"CPU ms": stages, "found": found, "accuracy": accuracy()}
                for side, found in (("320", _found(150)), ("640", _found(160)))
            },
            "batches": {"recogniser": {"1": 20.0, "2": 19.0}, "detector": {"1": 5.0}},
            "int8": {
                "cosine to fp32": {"lowest": 0.9, "median": 0.95},
                "fp32, as shipped": {"CPU ms a face": 20.0, "accuracy": accuracy()},
                "int8, onnxruntime": {"CPU ms a face": 26.0, "accuracy": accuracy()},
            },
        },
    }


def accuracy() -> dict[str, Any]:
    """Return error rates of a set of 102 people, two of whom were missed."""
    rate = {"threshold": 0.3, "fnmr": 2 / 102, "low": 0.0, "high": 0.05, "errors": 2, "pairs": 102}
    return {
        "lowest genuine cosine": 0.25,
        "highest impostor cosine": 0.4,
        "rates": [{"fmr": fmr} | rate for fmr in (1e-2, 1e-3)],
    }


def _found(crowd: int) -> dict[str, int]:
    return {
        "of 6 in a group": 6,
        "of 160 in a crowd": crowd,
        "false or double there": 3,
        "of 12 large portraits": 12,
    }
