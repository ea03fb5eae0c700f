"""The places this replica holds among all requests under way, and who was just told of none."""

import time
from collections import Counter
from collections.abc import Callable
from uuid import uuid4

from deployments.messages.limits import CapacityBounds, UnderWay
from deployments.messages.sharing import Flow

# Whoever asks within this of a refusal is refused without a question: one caller's flood asks the
# Limiter twenty times a second and replica, and a place that came free stays empty no longer.
CLOSED_SECONDS = 0.05


class Seat:
    """One request's place; it may be left any number of times, which is once."""

    def __init__(self, seats: "Seats", flow: Flow) -> None:
        self.flow = flow
        self.worked = False
        self._seats = seats
        self._taken = True

    @property
    def taken(self) -> bool:
        """Whether it is still held."""
        return self._taken

    def leave(self) -> None:
        """Give it to others; whether its photos were analysed tells the pace of the service."""
        if self._taken:
            self._taken = False
            self._seats.release(self.flow, worked=self.worked)


class Seats:
    """All of one replica; `on_change` hears of each that is left. Lives as long as the replica."""

    def __init__(self, bounds: CapacityBounds, clock: Callable[[], float] = time.monotonic) -> None:
        self.bounds = bounds
        self.on_change: Callable[[], None] = lambda: None
        self._clock = clock
        self._replica = uuid4().hex
        self._held: Counter[Flow] = Counter()
        self._ended = 0
        self._closed: dict[Flow, tuple[float, float]] = {}

    def __len__(self) -> int:
        return self._held.total()

    def enter(self, flow: Flow) -> Seat:
        """Take a place that was given."""
        self._held[flow] += 1
        return Seat(self, flow)

    def release(self, flow: Flow, *, worked: bool) -> None:
        """Count one less of a flow."""
        self._held[flow] -= 1
        if not self._held[flow]:
            del self._held[flow]
        self._ended += worked
        self.on_change()

    def told(self) -> UnderWay:
        """Tell all that this replica holds."""
        return UnderWay(self._replica, dict(self._held), self._ended, self.bounds)

    def close(self, flow: Flow, drain_seconds: float) -> None:
        """Remember that there was no place for a flow a moment ago."""
        now = self._clock()
        self._closed = {each: one for each, one in self._closed.items() if one[0] > now}
        self._closed[flow] = now + CLOSED_SECONDS, drain_seconds

    def closed(self, flow: Flow) -> float | None:
        """Return how long what is under way takes, where there was no place a moment ago."""
        until, drain_seconds = self._closed.get(flow, (0.0, 0.0))
        return drain_seconds if until > self._clock() else None
