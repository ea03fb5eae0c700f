"""Made-up values that the stand-ins and their tests agree on: a pack, its faces, and when it is."""

from datetime import UTC, datetime

import numpy as np

from deployments.messages.embedder import Face, Liveness, Model, Pose, Quality, Vector
from deployments.messages.gallery import ModelBinding

MODEL = Model("toy", "sha256:" + "0" * 64, 4, 0.5, 0.6, "1-640-twice")
BINDING = ModelBinding(MODEL.pack, MODEL.digest, MODEL.dimension, MODEL.pipeline)
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def unit(*numbers: float) -> Vector:
    """Return the vector of length one in this direction."""
    vector = np.array(numbers, dtype=np.float32)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def face(
    vector: Vector | None = None, reasons: tuple[str, ...] = (), live: bool | None = None
) -> Face:
    """Return a face of 100 pixels; None for one whose liveness nothing checked."""
    landmarks = ((30.0, 40.0), (70.0, 40.0), (50.0, 60.0), (35.0, 80.0), (65.0, 80.0))
    quality = Quality(0.9, 120.0, 0.5, Pose(1.0, 2.0, 3.0), 100.0, reasons)
    checked = None if live is None else Liveness(0.98765 if live else 0.12345, live)
    return Face((0.0, 0.0, 100.0, 100.0), landmarks, 0.99, quality, vector, checked)
