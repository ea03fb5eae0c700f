"""Capacity: bursts, standing queues, whose share is whose, and what is forgotten."""

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.capacity import (
    BURST_SECONDS,
    CALM_SECONDS,
    LEASE_SECONDS,
    LEAST_PLACES,
    LONGEST_DRAIN_SECONDS,
    Capacity,
)
from deployments.messages.limits import CapacityBounds, UnderWay
from deployments.messages.sharing import Flow
from tests.unit.clock import Clock
from tests.unit.measured import counted

BOUNDS = CapacityBounds(burst=40, queue_seconds=0.25)
ADA, BOB = Flow("ada"), Flow("bob")
ENROLLER = Flow("ada", "bulk")
# What a caller has who is alone: 16/21 of all places, in whole ones.
ALONE_IN_BURST, ALONE = 30, 0.76
CROWD = [Flow(f"caller {number}") for number in range(12)]


class Replica:
    """An ingress replica that tells what it holds, and how many of its requests have ended."""

    def __init__(self, capacity: Capacity, name: str = "a") -> None:
        self._capacity = capacity
        self._name = name
        self.held: Counter[Flow] = Counter()
        self.queue: list[Flow] = []
        self.ended = 0

    def ask(self, flow: Flow, times: int = 1) -> int:
        """Ask for that many places, and return how many were given."""
        self.tell()
        given = sum(self._capacity.admit(self._name, flow) is None for _ in range(times))
        self.held[flow] += given
        self.queue += [flow] * given
        return given

    def end(self, flow: Flow, requests: int = 1) -> None:
        """Answer some."""
        for _ in range(requests):
            self.queue.remove(flow)
        self.held[flow] -= requests
        self.ended += requests
        self.tell()

    def tell(self) -> None:
        """Say how things stand."""
        held = {flow: count for flow, count in self.held.items() if count}
        self._capacity.report(UnderWay(self._name, held, self.ended, BOUNDS))


@pytest.fixture
def capacity(clock: Clock) -> Capacity:
    """Give a service in which nothing is under way."""
    return Capacity(clock)


@pytest.fixture
def replica(capacity: Capacity) -> Replica:
    """Give its one ingress replica."""
    return Replica(capacity)


def overloaded(
    replica: Replica, clock: Clock, seconds: float, *flows: Flow, per_second: int = 100
) -> Counter[Flow]:
    """Ask in every flow all the time, end so many a second as they came, and return whose."""
    ended: Counter[Flow] = Counter()
    for turn in range(int(seconds * per_second)):
        for place in range(len(flows)):
            replica.ask(flows[(turn + place) % len(flows)], 20)
        clock.now += 1 / per_second
        ended[replica.queue[0]] += 1
        replica.end(replica.queue[0])
    return ended


def test_an_idle_service_takes_a_burst(replica: Replica) -> None:
    """A lone caller may have three quarters of the burst under way at once."""
    assert replica.ask(ADA, 100) == ALONE_IN_BURST


def test_a_standing_queue_is_short(replica: Replica, capacity: Capacity, clock: Clock) -> None:
    """Held to a quarter of a second of work at the pace measured, whatever is asked for."""
    overloaded(replica, clock, 3, ADA, per_second=100)

    assert capacity.under_way == pytest.approx(ALONE * 0.25 * 100, abs=2)


@pytest.mark.parametrize("per_second", [40, 400])
def test_the_queue_follows_the_pace(
    replica: Replica, capacity: Capacity, clock: Clock, per_second: int
) -> None:
    """Twice the replicas have twice the places, without a number being set for it."""
    overloaded(replica, clock, 6, ADA, per_second=per_second)

    assert capacity.under_way == pytest.approx(ALONE * 0.25 * per_second, rel=0.1, abs=2)


def test_releases_in_batches_are_no_calm(
    replica: Replica, capacity: Capacity, clock: Clock
) -> None:
    """A queue that empties by a batch and fills at once still stands: it is not let grow again."""
    longest = 0
    for batch in range(40):
        clock.now += 0.15
        replica.end(ADA, min(6, replica.held[ADA]))
        replica.ask(ADA, 50)
        longest = max(longest, capacity.under_way) if batch > 20 else 0

    assert 0 < longest <= 0.25 * 40


def test_after_the_storm_a_burst_is_welcome(replica: Replica, clock: Clock) -> None:
    """Once nobody was refused for a second, the service takes as much at once as before."""
    overloaded(replica, clock, 3, ADA)
    while replica.held[ADA]:
        clock.now += 0.01
        replica.end(ADA)
    clock.now += CALM_SECONDS

    assert replica.ask(ADA, 100) == ALONE_IN_BURST


def test_a_burst_is_no_habit(replica: Replica, clock: Clock) -> None:
    """A queue longer than it should be is cut as soon as it has been so for half a second."""
    replica.ask(ADA, 100)
    clock.now += BURST_SECONDS / 2
    replica.end(ADA, 2)
    assert replica.ask(ADA, 2) == 2
    clock.now += 1.1 * BURST_SECONDS
    replica.end(ADA, 2)

    assert replica.ask(ADA, 2) == 0


def test_the_wait_is_what_the_queue_takes(
    replica: Replica, capacity: Capacity, clock: Clock
) -> None:
    """Who is refused hears how long what is under way takes at the pace measured."""
    overloaded(replica, clock, 3, ADA, per_second=100)
    replica.ask(ADA, 100)

    assert capacity.admit("a", ADA) == pytest.approx(capacity.under_way / 100, rel=0.1)


def test_unknown_pace(replica: Replica, capacity: Capacity) -> None:
    """Before anything ended nobody knows how long it takes: a second."""
    replica.ask(ADA, 100)

    assert capacity.admit("a", ADA) == 1.0


def test_the_first_to_end_tells_no_pace(replica: Replica, capacity: Capacity, clock: Clock) -> None:
    """While the first of a burst is waited for, the pace known from before holds."""
    overloaded(replica, clock, 3, ADA, per_second=100)
    while replica.held[ADA]:
        clock.now += 0.01
        replica.end(ADA)
    replica.ask(ADA, 20)
    clock.now += 0.5
    replica.tell()

    assert capacity._pace.per_second == pytest.approx(100, rel=0.1)


def test_a_flood_starves_nobody(replica: Replica, clock: Clock) -> None:
    """Beside a caller who always asks, whoever asks now and then is let in every time."""
    overloaded(replica, clock, 3, ADA)
    refused = 0
    for _ in range(50):
        overloaded(replica, clock, 0.05, ADA)
        refused += 1 - replica.ask(BOB)
        clock.now += 0.01
        replica.end(BOB)

    assert refused == 0


def test_two_floods_share_alike(replica: Replica, clock: Clock) -> None:
    """Two callers who both ask all the time get half each."""
    overloaded(replica, clock, 3, ADA, BOB)
    ended = overloaded(replica, clock, 5, ADA, BOB)

    assert ended[BOB] / ended.total() == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("others", [[ADA], CROWD])
def test_enrolment_yields_and_is_not_starved(
    replica: Replica, clock: Clock, others: list[Flow]
) -> None:
    """Where both classes always ask, enrolment gets about a fifth, beside a crowd as beside one."""
    overloaded(replica, clock, 3, *others, ENROLLER)
    ended = overloaded(replica, clock, 5, *others, ENROLLER)

    assert 0.1 < ended[ENROLLER] / ended.total() < 0.3


def test_alone_enrolment_has_less_than_half(replica: Replica) -> None:
    """The rest waits for whoever is in a hurry."""
    assert 0.4 * BOUNDS.burst < replica.ask(ENROLLER, 100) < 0.5 * BOUNDS.burst


def test_replicas_share_one_capacity(capacity: Capacity) -> None:
    """However many ingress replicas ask, the places are those of one."""
    replicas = [Replica(capacity, name) for name in "abc"]

    assert sum(each.ask(ADA, 100) for each in replicas) == ALONE_IN_BURST


def test_a_dead_replica_is_forgotten(capacity: Capacity, clock: Clock) -> None:
    """What it held is free again when it has said nothing for as long as a lease lasts."""
    Replica(capacity, "dead").ask(ADA, 100)
    clock.now += LEASE_SECONDS + 0.1
    given = Replica(capacity, "alive").ask(ADA, 100)

    assert capacity.under_way == given > 0


def test_whoever_counts_anew_knows_at_once(replica: Replica, clock: Clock) -> None:
    """A second Limiter, in the place of a dead one, hears what is held with the first question."""
    replica.ask(ADA, 20)
    successor = Capacity(clock)
    replica._capacity = successor

    assert 20 + replica.ask(ADA, 100) == ALONE_IN_BURST


def test_stopped_work_leaves_a_few_places(
    replica: Replica, capacity: Capacity, clock: Clock
) -> None:
    """When nothing ends any more the queue is cut to the least, and grows back with the pace.

    Nobody is told to come back later than by when all of it has an answer.
    """
    overloaded(replica, clock, 3, ADA)
    waits = []
    for _ in range(1200):
        clock.now += 0.1
        replica.tell()
        waits.append(capacity.admit("a", ADA) or 0.0)
    replica.end(ADA, replica.held[ADA])

    assert max(waits) == LONGEST_DRAIN_SECONDS
    assert replica.ask(BOB, 100) <= LEAST_PLACES
    overloaded(replica, clock, 6, BOB)
    assert capacity.under_way == pytest.approx(ALONE * 0.25 * 100, abs=5)


@pytest.mark.parametrize("held", [0, 20])
def test_hours_unheard_of_tell_no_pace(
    replica: Replica, capacity: Capacity, clock: Clock, held: int
) -> None:
    """What ended while another counted, and the hours it took, are no part of the pace here."""
    overloaded(replica, clock, 3, ADA)
    replica.end(ADA, replica.held[ADA])
    replica.ask(ADA, held)
    before = capacity._pace.best
    clock.now += 10_000
    replica.ended += 100_000
    replica.tell()

    assert capacity._pace.best <= before
    overloaded(replica, clock, 6, BOB)
    assert capacity._pace.best == pytest.approx(100, rel=0.1)


def test_held_short_it_ends_less_than_it_could(
    replica: Replica, capacity: Capacity, clock: Clock
) -> None:
    """A pace that fell because less was let in does not make for less to be let in."""
    overloaded(replica, clock, 5, ADA, per_second=100)
    overloaded(replica, clock, 5, ADA, per_second=50)

    assert capacity.under_way > 1.3 * ALONE * 0.25 * 50


Step = Callable[[Replica, Clock], None]

callers = st.sampled_from([ADA, BOB, ENROLLER])
asking: st.SearchStrategy[Step] = st.builds(
    lambda flow, times: lambda replica, _: _ask(replica, flow, times), callers, st.integers(1, 60)
)
ending: st.SearchStrategy[Step] = st.builds(
    lambda flow, most: lambda replica, _: replica.end(flow, min(most, replica.held[flow])),
    callers,
    st.integers(1, 60),
)
passing: st.SearchStrategy[Step] = st.builds(
    lambda seconds: lambda _, clock: setattr(clock, "now", clock.now + seconds),
    st.floats(0, 2),
)


def _ask(replica: Replica, flow: Flow, times: int) -> None:
    replica.ask(flow, times)


@given(steps=st.lists(st.one_of(asking, ending, passing), max_size=60))
def test_never_more_than_a_burst(steps: list[Step]) -> None:
    """Whatever comes: no more under way than a burst or the queue allows, an idle one lets in."""
    clock = Clock()
    capacity = Capacity(clock)
    replica = Replica(capacity)
    for step in steps:
        step(replica, clock)
        most = max(BOUNDS.burst, LEAST_PLACES, 0.25 * capacity._pace.best)
        assert replica.held.total() <= most or capacity.admit("a", ADA) is not None

    for flow in (ADA, BOB, ENROLLER):
        replica.end(flow, replica.held[flow])
    assert replica.ask(ENROLLER) == 1


def test_the_metrics_tell_how_it_stands(capacity: Capacity) -> None:
    """How many places there are, how many are taken, and at what pace they come free."""
    Replica(capacity).ask(ADA, 3)
    capacity.measure()

    assert counted("facegraph_places") == BOUNDS.burst
    assert counted("facegraph_under_way") == 3
    assert counted("facegraph_pace") == 0


def test_the_metrics_forget_who_is_silent(capacity: Capacity, clock: Clock) -> None:
    """Places of a replica that is gone are not told as taken."""
    Replica(capacity).ask(ADA, 3)
    clock.now += LEASE_SECONDS
    capacity.measure()

    assert counted("facegraph_under_way") == 0
