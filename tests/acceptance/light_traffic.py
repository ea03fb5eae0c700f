"""Traffic that one replica serves without refusing anything, however slow the machine is."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests import traffic
from tests.acceptance.conftest import Running

# Fewer with photos than the least that is let in at once (LEAST_PLACES of deployments/capacity.py).
CALLERS = {"identify": 2, "detect": 1, "enrol": 1, "erase": 1, "list": 2}


@contextmanager
def light_traffic(up: Running, photo: bytes, interval_seconds: float) -> Iterator[traffic.Traffic]:
    """Let each of a few callers ask once in so many seconds, until the block ends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(traffic, "CALLERS", CALLERS)
        patch.setattr(traffic, "INTERVAL_SECONDS", interval_seconds)
        with traffic.traffic(up.url, up.client.headers["Authorization"], photo) as callers:
            yield callers
