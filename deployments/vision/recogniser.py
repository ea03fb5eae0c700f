"""Aligned faces in, unit vectors out."""

from collections.abc import Sequence

import numpy as np

from deployments.messages.embedder import Vector
from deployments.vision.alignment import CROP_SIZE
from deployments.vision.bounded import powers_of_two
from deployments.vision.engines import Session
from deployments.vision.packs import Kind
from deployments.vision.pictures import Pixels
from deployments.vision.tensors import normalised, planes

# What a network was trained on: (value - mean) / scale of RGB in 0..255. SFace does it inside.
_NORMALISATION: dict[Kind, tuple[float, float]] = {"sface": (0.0, 1.0), "arcface": (127.5, 127.5)}


class Recogniser:
    """One recognition network; runs at most `batch` faces at once, which bounds its memory."""

    def __init__(self, session: Session, kind: Kind, *, batch: int) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name
        self._mean, self._scale = _NORMALISATION[kind]
        self._batch = batch

    def warm_up(self) -> None:
        """Run every number of faces that a batch is made of."""
        crop = np.zeros((CROP_SIZE, CROP_SIZE, 3), np.uint8)
        for count in powers_of_two(self._batch):
            self.embed([crop] * count)

    def embed(self, crops: Sequence[Pixels]) -> Vector:
        """Return (N, dimension) unit vectors of N aligned (112, 112, 3) BGR crops, N ≥ 1."""
        chunks = [crops[at : at + self._batch] for at in range(0, len(crops), self._batch)]
        features = np.concatenate([self._features(chunk) for chunk in chunks])
        vectors: Vector = features / np.linalg.norm(features, axis=1, keepdims=True)
        return vectors

    def _features(self, crops: Sequence[Pixels]) -> Vector:
        blob = normalised(planes(crops, rgb=True), self._mean, self._scale)
        return self._session.run(None, {self._input: blob})[0]
