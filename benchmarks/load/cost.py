"""What an accepted and a refused request cost each part of the service, in CPU time.

All ran at once, so the three are told apart by least squares: over spans with different loads,
CPU = idle · seconds + a · accepted + r · refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Span:
    """So long, so many answers of each kind meanwhile, and the CPU seconds of each part."""

    seconds: float
    accepted: int
    refused: int
    cpu: dict[str, float]


def milliseconds(spans: Sequence[Span]) -> dict[str, dict[str, float]]:
    """Return CPU milliseconds an accepted and a refused request, and a second of idling, by part.

    Without refusals a refused request costs nothing that could be told.
    """
    causes = np.array([(span.accepted, span.refused, span.seconds) for span in spans], dtype=float)
    parts = sorted({name for span in spans for name in span.cpu})
    used = np.array([[span.cpu.get(part, 0.0) for part in parts] for span in spans])
    effects, *_ = np.linalg.lstsq(causes, 1000 * used)
    named = ("accepted", "refused", "idle second")
    return {
        name: dict(zip(parts, row.tolist(), strict=True))
        for name, row in zip(named, effects, strict=True)
    }
