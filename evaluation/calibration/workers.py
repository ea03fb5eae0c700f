"""Several pipelines as one: each on a core of its own, which a photo's small networks fill best."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from math import ceil

from deployments.errors import FacegraphError
from deployments.messages.embedder import Analysis, Photo
from evaluation.calibration.acquisition import Analyse


class Workers:
    """Deals photos out to pipelines; lives as long as they do, and is asked by one thread.

    Each pipeline is used by one thread at a time, as it demands.
    """

    def __init__(self, pipelines: Sequence[Analyse]) -> None:
        self._pipelines = pipelines
        self._threads = ThreadPoolExecutor(len(pipelines), "pipeline")

    def analyse(self, photos: Sequence[Photo]) -> list[Analysis | FacegraphError]:
        """Return one analysis or one error a photo, in their order; raises what a pipeline does."""
        step = max(1, ceil(len(photos) / len(self._pipelines)))
        shares = [photos[at : at + step] for at in range(0, len(photos), step)]
        found = self._threads.map(_asked, self._pipelines, shares)
        return [result for share in found for result in share]

    def close(self) -> None:
        """End the threads; the pipelines stay."""
        self._threads.shutdown()


def _asked(analyse: Analyse, photos: Sequence[Photo]) -> list[Analysis | FacegraphError]:
    return analyse(photos)
