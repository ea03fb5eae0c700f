"""How far the answers of two pipelines are apart, over the faces that both found."""

from collections.abc import Iterator, Sequence

import numpy as np

from deployments.messages.embedder import Analysis, Face


def compared(ours: Sequence[Analysis], theirs: Sequence[Analysis]) -> dict[str, float]:
    """Return how far the GPU's answers are from the CPU's, in photos where both found as many.

    A face is paired with the one nearest to it: of many nearly as large, the order may differ.
    """
    photos = list(zip(ours, theirs, strict=True))
    even = [(one, other) for one, other in photos if len(one.faces) == len(other.faces)]
    pairs = [pair for one, other in even for pair in _paired(one.faces, other.faces)]
    return {
        "faces": len(pairs),
        "photos with other faces": len(photos) - len(even),
        "lowest cosine to CPU": min((_cosine(*pair) for pair in pairs), default=0.0),
        "boxes differ by, px": max((_distance(*pair) for pair in pairs), default=0.0),
    }


def _paired(ours: Sequence[Face], theirs: Sequence[Face]) -> Iterator[tuple[Face, Face]]:
    for face in ours:
        yield face, min(theirs, key=lambda other: _distance(face, other))


def _cosine(one: Face, other: Face) -> float:
    if one.vector is None or other.vector is None:
        return 0.0
    return float(one.vector @ other.vector)


def _distance(one: Face, other: Face) -> float:
    return float(np.abs(np.subtract(one.bbox, other.bbox)).max())
