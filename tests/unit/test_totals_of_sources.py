"""Sums by source: bounded in the whole service, whatever each replica tells apart."""

from collections.abc import Iterable

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from deployments.counters import Counter, Gauge
from deployments.sources import OTHER, SILENT_SECONDS
from deployments.totals import KEPT_SECONDS, Reporter, Totals
from tests.unit.clock import Clock

MOST = 3


class Replica:
    """One that tells sources apart, and reports."""

    def __init__(self, name: str, most: int = MOST) -> None:
        registry = CollectorRegistry(auto_describe=True)
        self.photos = Counter("facegraph_source_photos", "x", ("source",), registry=registry)
        Gauge("facegraph_sources_most", "x", registry=registry).set(most)
        self.reporter = Reporter(name, "Ingress", registry)

    def see(self, sources: Iterable[str], photos: int = 1) -> None:
        """Count photos of each."""
        for source in sources:
            self.photos.labels(source).inc(photos)

    def report(self, totals: Totals, *, heard: bool = True) -> None:
        """Tell what is new; the answer may be lost."""
        counted = self.reporter.counted()
        known = totals.take(counted)
        if heard:
            self.reporter.heard(counted, known=known)


def photos(totals: Totals, clock: Clock) -> dict[str, float]:
    """Return the photos of each source on the page."""
    clock.now += KEPT_SECONDS
    return {
        sample.labels["source"]: sample.value
        for family in text_string_to_metric_families(totals.page())
        for sample in family.samples
        if sample.name == "facegraph_source_photos_total"
    }


@pytest.fixture
def totals(clock: Clock) -> Totals:
    """Return sums that nobody has told anything."""
    return Totals(clock)


@pytest.fixture
def replica() -> Replica:
    """Return one that has seen photos of two sources."""
    made = Replica("first")
    made.see(("lobby", "gate"), 2)
    return made


def test_the_page_holds_no_more_than_one_replica_may(
    totals: Totals, clock: Clock, replica: Replica
) -> None:
    """Replicas that come and go, each with names of its own, add to the others; none is lost."""
    replica.report(totals)
    for number in range(20):
        another = Replica(f"replica-{number}")
        another.see(f"name-{number}-{each}" for each in range(MOST))
        another.report(totals)
    told = photos(totals, clock)

    assert len(told) == MOST + 1
    assert (told["lobby"], told["gate"]) == (2, 2)
    assert told[OTHER] == 20 * MOST - 1


def test_a_process_without_sources_does_not_set_the_bound(
    totals: Totals, clock: Clock, replica: Replica
) -> None:
    """An embedder has the gauge too, at nought."""
    Replica("embedder", most=0).report(totals)
    replica.report(totals)
    Replica("matcher", most=0).report(totals)
    replica.see(("yard",))
    replica.report(totals)

    assert photos(totals, clock) == {"lobby": 2, "gate": 2, "yard": 1}


def test_who_is_silent_leaves_the_page(totals: Totals, clock: Clock, replica: Replica) -> None:
    """And counts from nothing when he is back, which Prometheus takes for what it is."""
    replica.report(totals)
    clock.now += SILENT_SECONDS
    replica.photos.remove("lobby")
    replica.see(("gate",))
    replica.report(totals)  # It was silent for as long itself, so it is asked for all it has.
    replica.report(totals)
    assert photos(totals, clock) == {"gate": 1}
    replica.see(("lobby",), 5)
    replica.report(totals)

    assert photos(totals, clock) == {"gate": 1, "lobby": 5}


@pytest.mark.parametrize("heard", [True, False])
def test_a_source_that_one_replica_forgot_keeps_its_sum(
    totals: Totals, clock: Clock, replica: Replica, heard: bool
) -> None:
    """It goes on where it was, also where the answer to the word of it was lost."""
    replica.report(totals)
    replica.photos.remove("lobby")
    replica.report(totals, heard=heard)
    replica.see(("lobby",))
    replica.report(totals)
    replica.report(totals)

    assert photos(totals, clock)["lobby"] == 3
