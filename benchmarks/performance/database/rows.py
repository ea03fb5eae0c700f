"""What was found, size by size: of the run itself, and of large galleries measured apart."""

from collections.abc import Mapping, Sequence
from typing import Any

Found = Mapping[str, Any]


def sizes(found: Found, large: Sequence[Found]) -> list[Found]:
    """Return all sizes, the smallest first; of one measured twice what the run itself found.

    `large` are documents of `benchmarks/results/gallery-*.json`.
    """
    own = {one["people"]: one for one in found["sizes"]}
    apart = {one["people"]: one for each in large for one in _layer(each)["sizes"]}
    return [one for _, one in sorted((apart | own).items())]


def curves(found: Found, large: Sequence[Found]) -> list[Found]:
    """Return the layers whose largest galleries were searched in several ways, the run's first."""
    return [found, *(_layer(each) for each in large)]


def largest(found: Found) -> Found:
    """Return the largest size of the run itself."""
    return max(found["sizes"], key=lambda one: int(one["people"]))


def _layer(document: Found) -> Found:
    layer: Found = document["layers"]["database"]
    return layer
