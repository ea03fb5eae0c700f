"""How long callers feel a load that has ended."""

import numpy as np

from benchmarks.load.requests import Requests
from locustfiles.outcomes import ACCEPTED

CALM_SECONDS = 3
SLOWER_AT_MOST = 1.25


def seconds(requests: Requests, normal: tuple[float, float], end: float, until: float) -> float:
    """Return how long after its `end` a load was felt: until three seconds in a row are normal.

    They are when everybody who asked in them was accepted, and their p95 is at most a quarter above
    that of the `normal` time before the load. All three together, for the p95 of the dozen or so
    who ask in one second is whatever the slowest of them met. Infinite if such three never come.
    """
    usual = _p95(requests.sent_in(*normal).of(ACCEPTED))
    for past in range(int(until - end) - CALM_SECONDS + 1):
        begin = end + past
        if _normal(requests.sent_in(begin, begin + CALM_SECONDS), SLOWER_AT_MOST * usual):
            return float(past)
    return float("inf")


def _normal(asked: Requests, slowest: float) -> bool:
    return 0 < len(asked) == len(asked.of(ACCEPTED)) and _p95(asked) <= slowest


def _p95(requests: Requests) -> float:
    return float(np.percentile(requests.milliseconds, 95))
