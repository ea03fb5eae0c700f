"""How long callers feel a load that has ended."""

import numpy as np

from benchmarks.load.requests import Requests
from locustfiles.outcomes import ACCEPTED

CALM_SECONDS = 3


def seconds(requests: Requests, normal: tuple[float, float], end: float, until: float) -> float:
    """Return how long after its `end` a load was felt: until three normal seconds in a row.

    A second is normal when everybody who asked in it was accepted, and half of them at least as
    fast as nineteen of twenty in the `normal` time before the load. Infinite if three never
    come.
    """
    before = requests.sent_in(*normal).of(ACCEPTED)
    usual = float(np.percentile(before.milliseconds, 95))
    calm = 0
    for past in range(int(until - end)):
        asked = requests.sent_in(end + past, end + past + 1)
        calm = calm + 1 if _normal(asked, usual) else 0
        if calm == CALM_SECONDS:
            return past + 1.0 - CALM_SECONDS
    return float("inf")


def _normal(asked: Requests, usual: float) -> bool:
    accepted = asked.of(ACCEPTED)
    return 0 < len(asked) == len(accepted) and bool(np.median(accepted.milliseconds) <= usual)
