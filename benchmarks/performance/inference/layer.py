"""The inference layer of the report."""

from collections.abc import Mapping, Sequence

from benchmarks.performance.inference.measure import measure
from benchmarks.performance.inference.pictures import pictures
from benchmarks.performance.inference.rivals import FULL, SHIPPED, times_stock
from benchmarks.performance.inference.section import section
from benchmarks.performance.layers import Found, Layer


def ratios(found: Found) -> Mapping[str, Sequence[float]]:
    """Return how many times stock's CPU a portrait saves, in each of the identical runs."""
    runs = found["race"]["portraits"]
    return {
        f"inference: stock's CPU a photo, times {name}": times_stock(runs, name)
        for name in (FULL, SHIPPED)
    }


def targets(_: Found) -> Sequence[Mapping[str, object]]:
    """Return none: the targets of this layer stand in docs/models.md."""
    return ()


LAYER = Layer("inference", measure, section, pictures, ratios, targets)
