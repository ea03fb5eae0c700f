"""Finds faces: boxes, scores and five landmarks, in pixels of the photo it was shown a part of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from deployments.vision import scrfd, yunet
from deployments.vision.candidates import Candidates
from deployments.vision.detections import Detection
from deployments.vision.engines import Session
from deployments.vision.packs import Kind
from deployments.vision.tensors import normalised, planes
from deployments.vision.views import View


@dataclass(frozen=True, slots=True)
class Manner:
    """How a kind of network wants to be shown photos and believed.

    `mean` and `scale` turn 0..255 into what it was trained on. Under `min_score` nothing is a
    face. From `certain` on nothing was seen that is none: in 1,141 made-up scenes, looked at in
    192 to 320 px, eight claims of a large face were wrong, all YuNet's and none over 0.72.
    """

    mean: float
    scale: float
    rgb: bool
    min_score: float
    certain: float


MANNERS: Final[dict[Kind, Manner]] = {
    "yunet": Manner(0.0, 1.0, rgb=False, min_score=0.6, certain=0.8),
    "scrfd": Manner(127.5, 128.0, rgb=True, min_score=0.5, certain=0.7),
}


class Detector:
    """A detection network with its pre- and post-processing; one run for all views of one size."""

    def __init__(self, session: Session, kind: Kind) -> None:
        self.manner = MANNERS[kind]
        self._session = session
        self._reads_yunet = kind == "yunet"
        self._input = session.get_inputs()[0].name
        self._outputs = [output.name for output in session.get_outputs()]

    def detect(self, views: Sequence[View]) -> list[list[Detection]]:
        """Return what was found in each view, all of the same size, in pixels of its photo.

        Raises ValueError for a size that the networks cannot halve five times.
        """
        size = views[0].pixels.shape[0]
        if size % 32:
            raise ValueError(f"A detector's size is a multiple of 32, not {size}.")
        outputs = self._session.run(None, {self._input: self._blob(views)})
        claims = [self._candidates(outputs, at, size) for at in range(len(views))]
        return [
            [view.located(Detection(*found)) for found in candidates.strongest()]
            for view, candidates in zip(views, claims, strict=True)
        ]

    def detect_in_runs(self, views: Sequence[View], at_once: int) -> list[list[Detection]]:
        """Return the same for any number of views, `at_once` of them a run."""
        runs = (views[at : at + at_once] for at in range(0, len(views), at_once))
        return [found for run in runs for found in self.detect(run)]

    def _blob(self, views: Sequence[View]) -> NDArray[np.float32]:
        blob = planes([view.pixels for view in views], rgb=self.manner.rgb)
        return normalised(blob, self.manner.mean, self.manner.scale)

    def _candidates(
        self, outputs: Sequence[NDArray[np.float32]], image: int, size: int
    ) -> Candidates:
        if self._reads_yunet:
            heads = dict(zip(self._outputs, outputs, strict=True))
            return yunet.read(heads, image, size, self.manner.min_score)
        return scrfd.read(outputs, image, size, self.manner.min_score)
