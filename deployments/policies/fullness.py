"""How near galleries are to the largest that the data of their policy carry an FPIR in.

Of each policy the fullest gallery that was searched of late counts: whoever shrinks it, or stores
better evidence, sees the alarm end within twice `WINDOW_SECONDS`.
"""

import math
from collections.abc import Callable

from deployments import instruments

WINDOW_SECONDS = 300.0
MOST_TOLD = 1000.0  # Where the data carry it in no gallery at all, the share has no end.


class Fullness:
    """The highest share of each policy, in this window of time and in the one before."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = -math.inf
        self._now: dict[str, float] = {}
        self._before: dict[str, float] = {}

    def saw(self, policy: str | None, share: float | None) -> None:
        """Note a search by a policy whose threshold follows the gallery; others have no share."""
        if policy is not None and share is not None:
            self._now[policy] = max(share, self._now.get(policy, 0.0))

    def look(self) -> None:
        """Tell the metrics, and forget what was not searched for two windows."""
        told = self._before.keys() | self._now.keys()
        for policy in told:
            share = max(self._before.get(policy, 0.0), self._now.get(policy, 0.0))
            instruments.policy_gallery_share.labels(policy).set(min(share, MOST_TOLD))
        if self._clock() - self._began < WINDOW_SECONDS:
            return
        for policy in self._before.keys() - self._now.keys():
            _forget(policy)
        self._before, self._now, self._began = self._now, {}, self._clock()

    def close(self) -> None:
        """Forget everything: whoever comes after tells of what it sees itself."""
        for policy in self._before.keys() | self._now.keys():
            _forget(policy)
        self._before, self._now = {}, {}


def _forget(policy: str) -> None:
    instruments.policy_gallery_share.remove_by_labels({"policy": policy})
