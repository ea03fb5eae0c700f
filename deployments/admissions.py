"""Who is let in: counted against the limits first, and then given a place where one is free."""

from deployments.capacity import Capacity
from deployments.messages.limits import Entry, Outcome, UnderWay
from deployments.rate_limit import Counters


class Admissions:
    """The counters and the capacity of one process.

    They are the Limiter's, for all ingress replicas, and each replica's own for when the Limiter is
    away.
    """

    def __init__(self) -> None:
        self.counters = Counters()
        self.capacity = Capacity()

    def take(self, entries: tuple[Entry, ...], told: UnderWay) -> tuple[Outcome, ...]:
        """Let a replica's requests in or not, one after the other; `told` is what it holds."""
        self.capacity.report(told)
        return tuple(self._take(entry, told.replica) for entry in entries)

    def _take(self, entry: Entry, replica: str) -> Outcome:
        counted = self.counters.take(entry.charges)
        if counted.refused or entry.flow is None:
            return counted
        drain_seconds = self.capacity.admit(replica, entry.flow)
        if drain_seconds is None:
            return counted
        self.counters.give_back(entry.charges)
        return Outcome(None, (), drain_seconds)
