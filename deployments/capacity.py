"""How much work is let in: a short queue, shared fairly. One process counts for all replicas.

A queue may grow to a burst for a moment; one that stands is held to the seconds it takes at the
pace at which work really ends, however many replicas, of whatever kind, do it. So nobody sets a
number of places: a slower machine has fewer, and one that grows has more.
"""

import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from deployments import instruments
from deployments.messages.limits import CapacityBounds, UnderWay
from deployments.messages.sharing import Flow

CALLERS_SHARE = 4.0  # Of what is free to its class, a caller's own may be so many times as much.
LEAST_PLACES = 5  # Fewer would idle replicas whose pace is not known yet, or was forgotten.
BURST_SECONDS = 0.5  # A queue that is too long for as long does not go away by itself.
CALM_SECONDS = 1.0  # While nobody is refused for as long, the next burst may come.
LEASE_SECONDS = 3.0  # What a replica holds that says nothing any more is forgotten after this.
MEMORY_SECONDS = 2.0  # Of the time in which there was work; older paces count for little.
BEST_SECONDS = 30.0  # So slowly the best of those paces is forgotten.
LEAST_SECONDS = 0.5
STALL_SECONDS = 1.0
UNKNOWN_DRAIN_SECONDS = 1.0
LONGEST_DRAIN_SECONDS = 10.0  # By then all that is under way has met its deadline.


class Pace:
    """Requests that end in a second of work, mostly of the last seconds.

    Time counts once something ended in it: the first to end has taken a while, which says little of
    how many follow. Where nothing ends for long that counts as well. `best` is the most of late: a
    service that is offered little, or held short, ends less than it could.
    """

    def __init__(self) -> None:
        self.best = 0.0
        self._ended = 0.0
        self._seconds = 0.0
        self._since_end = 0.0

    @property
    def per_second(self) -> float:
        """Requests a second; 0 before anything ended."""
        return self._ended / self._seconds if self._seconds else 0.0

    def work(self, seconds: float) -> None:
        """Let some time pass in which there was work."""
        self._since_end += seconds
        if self._since_end > STALL_SECONDS:
            self._pass()

    def end(self, requests: int) -> None:
        """Count requests that ended."""
        if requests:
            self._pass()
            self._ended += requests
            # The first to end together would pass for a pace.
            if self._seconds >= LEAST_SECONDS:
                self.best = max(self.best, self.per_second)

    def _pass(self) -> None:
        kept = math.exp(-self._since_end / MEMORY_SECONDS)
        self._ended *= kept
        self._seconds = self._seconds * kept + self._since_end
        self.best *= math.exp(-self._since_end / BEST_SECONDS)
        self._since_end = 0.0


@dataclass(slots=True)
class _Lease:
    """What one replica holds, as it said last and was given since."""

    told_at: float
    ended: int
    held: Counter[Flow]


class Capacity:
    """The requests under way in the whole service; lives in one process and never awaits.

    Each ingress replica says what it holds, as often as it asks, so that nothing is lost when this
    process or a replica is replaced.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pace = Pace()
        self._bounds = CapacityBounds(burst=LEAST_PLACES, queue_seconds=0.0)
        self._leases: dict[str, _Lease] = {}
        self._seen_at = self._short_at = self._refused_at = clock()
        self._stands = False

    @property
    def under_way(self) -> int:
        """Requests that are let in and have not ended, as far as replicas have said."""
        return sum(lease.held.total() for lease in self._leases.values())

    def report(self, told: UnderWay) -> None:
        """Take what a replica holds now in the place of what it held."""
        now = self._look_at_clock()
        self._forget_the_silent()
        known = self._leases.get(told.replica)
        if known:
            self._pace.end(told.ended - known.ended)
        self._leases[told.replica] = _Lease(now, told.ended, Counter(told.held))
        self._bounds = told.bounds

    def admit(self, replica: str, flow: Flow) -> float | None:
        """Let a request in and return None, or the seconds that what is under way takes.

        Its replica, which has just reported, holds it from then on.
        """
        self._look_at_clock()
        if not self._has_place(flow):
            self._refused_at = self._seen_at
            return self._drain_seconds()
        self._leases[replica].held[flow] += 1
        return None

    def measure(self) -> None:
        """Tell the metrics how it stands now."""
        self._look_at_clock()
        self._forget_the_silent()
        instruments.places.set(self._places())
        instruments.under_way.set(self.under_way)
        instruments.pace.set(self._pace.best)

    def _has_place(self, flow: Flow) -> bool:
        """Tell whether a flow may hold one place more; a lone request always may.

        A class may hold as many times the places still free as it weighs, and a caller four times
        what is then free to its class; who holds none takes the last. Alone each has most of all
        places, but a newcomer finds room, and crowds share by weight, however many they are: the
        dynamic thresholds of Choudhury and Hahne (1998), made for the buffers of switches.
        """
        held: Counter[Flow] = Counter()
        for lease in self._leases.values():
            held.update(lease.held)
        total = held.total()
        of_class = sum(held[each] for each in held if each.priority == flow.priority)
        begun = 1 if held[flow] else 0
        free_to_class = flow.weight * (self._places() - total - begun) - of_class - begun
        return not total or held[flow] + 1 <= CALLERS_SHARE * free_to_class

    def _look_at_clock(self) -> float:
        """Account for the time since the last look, in which nothing changed."""
        now = self._clock()
        if self.under_way:
            # After a lease has run out nobody knows whether there was any.
            self._pace.work(min(now - self._seen_at, LEASE_SECONDS))
        self._seen_at = now
        self._tell_bursts_apart()
        return now

    def _tell_bursts_apart(self) -> None:
        """Find out whether the queue stands: seen in its length, and after that in who is refused.

        A queue that is held short says no more about what would like to be in it.
        """
        now = self._seen_at
        if self.under_way <= self._standing():
            self._short_at = now
        if not self._stands and now - self._short_at > BURST_SECONDS:
            self._stands, self._refused_at = True, now
        elif self._stands and now - self._refused_at > CALM_SECONDS:
            self._stands, self._short_at = False, now

    def _standing(self) -> float:
        return max(LEAST_PLACES, self._pace.best * self._bounds.queue_seconds)

    def _places(self) -> float:
        standing = self._standing()
        return standing if self._stands else max(standing, self._bounds.burst)

    def _drain_seconds(self) -> float:
        pace = self._pace.per_second
        drain = self.under_way / pace if pace else UNKNOWN_DRAIN_SECONDS
        return min(drain, LONGEST_DRAIN_SECONDS)

    def _forget_the_silent(self) -> None:
        oldest = self._seen_at - LEASE_SECONDS
        self._leases = {name: one for name, one in self._leases.items() if one.told_at > oldest}
