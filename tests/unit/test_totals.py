"""Sums over replicas that come and go: nothing is lost that was told, and nothing counts twice."""

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from deployments import instruments
from deployments.counters import Counter, Gauge, Histogram
from deployments.messages.measurements import Counted
from deployments.totals import (
    CALM_SECONDS,
    GONE_SECONDS,
    KEPT_SECONDS,
    SILENT_SECONDS,
    WATCHED_SECONDS,
    Reporter,
    Totals,
)
from tests.unit.clock import Clock

REQUESTS = "facegraph_requests_total"
HERE = {"route": "/docs", "method": "GET", "code": "200"}


class Replica:
    """One that counts in a registry of its own, and reports."""

    def __init__(self, name: str, deployment: str = "Ingress") -> None:
        registry = CollectorRegistry(auto_describe=True)
        self.requests = Counter("facegraph_requests", "x", tuple(HERE), registry=registry)
        self.batches = Histogram("facegraph_batch_size", "x", registry=registry, buckets=(1, 2, 4))
        self.pace = Gauge("facegraph_pace", "x", registry=registry)
        self.waiting = Gauge("facegraph_queue_depth", "x", ("deployment",), registry=registry)
        self.up = Gauge("facegraph_dependency_up", "x", ("dependency",), registry=registry)
        self.reporter = Reporter(name, deployment, registry)

    def serve(self, requests: int) -> None:
        """Answer some requests."""
        self.requests.labels(**HERE).inc(requests)

    def report(self, totals: Totals) -> Counted:
        """Tell what is new, be heard, and return what was told."""
        counted = self.reporter.counted()
        self.reporter.heard(counted, known=totals.take(counted))
        return counted

    def lose(self, totals: Totals) -> None:
        """Tell what is new, and never hear that it was taken."""
        totals.take(self.reporter.counted())


def told(totals: Totals, clock: Clock, name: str = REQUESTS, **labels: str) -> float:
    """Return the value of the one series on the page that has these labels."""
    clock.now += KEPT_SECONDS
    (found,) = [
        sample.value
        for family in text_string_to_metric_families(totals.page())
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]
    return found


@pytest.fixture
def totals(clock: Clock) -> Totals:
    """Return sums that nobody has told anything."""
    return Totals(clock)


@pytest.fixture
def first() -> Replica:
    """Return a replica that has answered three requests."""
    made = Replica("first")
    made.serve(3)
    return made


@pytest.fixture
def second() -> Replica:
    """Return another that has answered four."""
    made = Replica("second")
    made.serve(4)
    return made


def test_replicas_are_added_up(
    totals: Totals, clock: Clock, first: Replica, second: Replica
) -> None:
    """The page tells of the requests of both."""
    first.report(totals)
    second.report(totals)

    assert told(totals, clock) == 7
    assert told(totals, clock, "facegraph_replicas", deployment="Ingress") == 2


def test_what_a_dead_replica_told_stays(
    totals: Totals, clock: Clock, first: Replica, second: Replica
) -> None:
    """A replica that is gone takes no request with it, and is no replica any more."""
    first.report(totals)
    clock.now += SILENT_SECONDS
    second.report(totals)

    assert told(totals, clock) == 7
    assert told(totals, clock, "facegraph_replicas", deployment="Ingress") == 1


@pytest.mark.parametrize("seconds", [SILENT_SECONDS, SILENT_SECONDS * 10])
def test_who_was_silent_goes_on(
    totals: Totals, clock: Clock, first: Replica, seconds: float
) -> None:
    """A replica that could not be heard for a while is counted on where it was."""
    first.report(totals)
    clock.now += seconds
    first.serve(2)
    first.report(totals)

    assert told(totals, clock) == 5


def test_a_word_that_is_lost_is_said_again(totals: Totals, clock: Clock, first: Replica) -> None:
    """What was never taken is told with what came after."""
    first.report(totals)
    first.serve(2)
    first.reporter.counted()
    first.serve(1)
    first.report(totals)

    assert told(totals, clock) == 6


@pytest.mark.parametrize("heard_before", [False, True])
def test_a_word_that_is_said_twice_counts_once(
    totals: Totals, clock: Clock, first: Replica, heard_before: bool
) -> None:
    """Where the answer was lost, and the word was taken, nothing is added again."""
    if heard_before:
        first.report(totals)
        first.serve(2)
    first.lose(totals)
    first.report(totals)

    assert told(totals, clock) == (5 if heard_before else 3)


def test_only_what_changed_is_told(totals: Totals, first: Replica) -> None:
    """A report of nothing new holds no sums, and one of a request holds one."""
    assert len(first.report(totals).sums) > 1
    assert first.report(totals).sums == {}
    first.serve(1)
    assert [key.sample for key in first.report(totals).sums] == [REQUESTS]


def test_whoever_takes_its_place_begins_at_nothing(
    clock: Clock, totals: Totals, first: Replica, second: Replica
) -> None:
    """Sums begin anew, and count on from what had been told before: no jump, and no loss."""
    first.report(totals)
    second.report(totals)
    another = Totals(clock)
    first.serve(2)
    for replica in (first, second, first, second):
        replica.report(another)

    assert told(another, clock) == 2
    second.serve(1)
    second.report(another)
    assert told(another, clock) == 3


def test_only_one_who_is_known_adds_a_little(clock: Clock, totals: Totals, first: Replica) -> None:
    """A word of changes from a replica that nobody knows is not taken."""
    first.report(totals)
    another = Totals(clock)
    first.serve(1)

    assert not another.take(first.reporter.counted())
    assert REQUESTS not in another.page()


def test_a_replica_is_forgotten_in_the_end(totals: Totals, clock: Clock, first: Replica) -> None:
    """One that speaks again after an hour tells all it has; nothing is counted again."""
    first.report(totals)
    clock.now += GONE_SECONDS
    first.serve(1)
    first.report(totals)
    first.report(totals)

    assert told(totals, clock) == 4


def test_buckets_are_all_there_and_cumulative(
    totals: Totals, clock: Clock, first: Replica, second: Replica
) -> None:
    """A histogram over two replicas has every bound, in order, and each holds those before."""
    for replica, sizes in ((first, (1, 3)), (second, (2, 9))):
        for size in sizes:
            replica.batches.observe(size)
        replica.report(totals)
    clock.now += KEPT_SECONDS
    families = text_string_to_metric_families(totals.page())
    (family,) = [each for each in families if each.name == "facegraph_batch_size"]
    found = {
        sample.labels.get("le", sample.name.rpartition("_")[2]): sample.value
        for sample in family.samples
    }

    assert found == {"1.0": 1, "2.0": 2, "4.0": 3, "+Inf": 4, "count": 4, "sum": 15}
    assert list(found)[:4] == ["1.0", "2.0", "4.0", "+Inf"]


def test_gauges_of_replicas(totals: Totals, clock: Clock, first: Replica, second: Replica) -> None:
    """What waits is added up; of the pace the highest counts, of what is up the lowest."""
    for replica, value in ((first, 0), (second, 1)):
        replica.waiting.labels("Ingress").set(3 + value)
        replica.pace.set(5 + value)
        replica.up.labels("database").set(value)
        replica.report(totals)

    assert told(totals, clock, "facegraph_queue_depth") == 7
    assert told(totals, clock, "facegraph_pace") == 6
    assert told(totals, clock, "facegraph_dependency_up") == 0


def test_gauges_go_with_their_replica(
    totals: Totals, clock: Clock, first: Replica, second: Replica
) -> None:
    """Nothing waits in a replica that is gone."""
    for replica in (first, second):
        replica.waiting.labels("Ingress").set(3)
    first.report(totals)
    clock.now += SILENT_SECONDS
    second.report(totals)

    assert told(totals, clock, "facegraph_queue_depth") == 3


def test_the_page_is_made_once_a_second(totals: Totals, clock: Clock, first: Replica) -> None:
    """However many ask at once, they are told the same."""
    first.report(totals)
    page = totals.page()
    first.serve(1)
    first.report(totals)

    assert totals.page() is page
    clock.now += KEPT_SECONDS
    assert totals.page() != page


@pytest.mark.parametrize(
    ("interval", "pause"), [(2.0, WATCHED_SECONDS), (15.0, CALM_SECONDS), (0.0, WATCHED_SECONDS)]
)
def test_replicas_tell_more_often_while_somebody_watches(
    totals: Totals, clock: Clock, interval: float, pause: float
) -> None:
    """A terminal that reads every two seconds is shown that; a scraper costs no more."""
    before = totals.pause
    totals.page()
    clock.now += interval
    totals.page()
    during = totals.pause
    clock.now += 2 * CALM_SECONDS

    assert (before, during, totals.pause) == (CALM_SECONDS, pause, CALM_SECONDS)


def test_everything_in_the_catalogue_is_on_the_page(totals: Totals) -> None:
    """Of every metric that has a series there is a line, and of nothing else but the replicas."""
    reporter = Reporter("real", "Ingress")
    totals.take(reporter.counted())
    families = {family.name for family in text_string_to_metric_families(totals.page())}
    counted = {family.name for family in instruments.REGISTRY.collect() if family.samples}

    assert "facegraph_batch_size" in counted
    assert families == counted | {"facegraph_replicas"}
