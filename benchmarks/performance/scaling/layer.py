"""The scaling layer of the report."""

from collections.abc import Mapping, Sequence

from benchmarks.performance.layers import Found, Layer
from benchmarks.performance.scaling.measure import measure
from benchmarks.performance.scaling.pictures import pictures
from benchmarks.performance.scaling.section import section


def ratios(_: Found) -> Mapping[str, Sequence[float]]:
    """Return none: what is watched is told against a rival, and here is none."""
    return {}


def targets(_: Found) -> Sequence[Mapping[str, object]]:
    """Return none: no target was set for scaling."""
    return ()


LAYER = Layer("scaling", measure, section, pictures, ratios, targets)
