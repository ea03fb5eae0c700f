"""What two pages say together."""

from collections.abc import Iterator, Mapping

import pytest

from cli.top.figures import Connections, Figures, figures
from cli.top.scrape import Labels, Page, parse
from deployments.instruments import REGISTRY
from tests.unit.cli.top.pages import ATTEMPTS, DIGEST, EARLIER, IDENTIFY, three_pages

NOTHING = Page(0.0, {})


@pytest.fixture
def seen() -> Figures:
    """Return the figures of the two pages."""
    before, after, long_before = three_pages()
    return figures(before, after, long_before)


def test_requests_by_route(seen: Figures) -> None:
    """The busiest first; refused by the caller's fault and failed by ours told apart."""
    busiest, other = seen.routes

    assert (busiest.name, busiest.requests, busiest.in_flight) == (IDENTIFY, 43.0, 3.0)
    assert (busiest.refused, busiest.failed) == (2.0, 1.0)
    assert (other.name, other.requests, other.seconds.quantile(0.5)) == (ATTEMPTS, 0.5, None)
    assert (seen.seconds, seen.requests, seen.in_flight) == (2.0, 43.5, 3.0)


def test_latency_is_of_the_interval(seen: Figures) -> None:
    """80 requests: 40 up to 25 ms, 78 up to 50 ms."""
    seconds = seen.routes[0].seconds

    assert seconds.quantile(0.5) == pytest.approx(0.025)
    assert seconds.quantile(0.95) == pytest.approx(0.025 + 0.025 * 36 / 38)
    assert seconds.quantile(0.99) == pytest.approx(0.05)


def test_stages_by_the_time_they_took(seen: Figures) -> None:
    """The most expensive first."""
    assert [(each.name, each.rate) for each in seen.stages] == [("embed", 40.0), ("decode", 40.0)]
    assert seen.stages[0].seconds.quantile(0.5) == pytest.approx(0.015)


def test_capacity_and_batches(seen: Figures) -> None:
    """Under way, places, pace; and how many photos a batch had."""
    assert seen.capacity == (4.0, 27.0, 41.5)
    assert seen.batch == 4.0


def test_deployments(seen: Figures) -> None:
    """Cores are CPU seconds a second, of half a minute; who tells no queue has none."""
    embedder, ingress, matcher = seen.deployments

    assert (embedder.name, embedder.replicas, embedder.cores) == ("Embedder", 2.0, 1.5)
    assert (embedder.memory, embedder.queue) == (620e6, 5.0)
    assert (ingress.cores, ingress.queue) == (9.5 / 30, None)
    assert (matcher.cores, matcher.memory) == (0.0, 0.0)


def test_cores_are_not_guessed() -> None:
    """CPU time is measured every ten seconds: two of them tell nothing."""
    before, after, _ = three_pages()
    assert {each.cores for each in figures(before, after, before).deployments} == {None}


def test_what_was_refused_and_decided(seen: Figures) -> None:
    """The most frequent first."""
    assert seen.rejects == ((("overloaded",), 2.0), (("unavailable",), 1.0))
    assert seen.decisions[0] == (("identify", "match", "provisional"), 30.0)


def test_the_database(seen: Figures) -> None:
    """Queries, errors and connections."""
    assert [each.name for each in seen.queries] == ["search"]
    assert seen.database_errors == ((("QueryCanceledError",), 0.5),)
    assert seen.connections == (Connections("Matcher", 2.0, 1.0, 8.0),)


def test_what_is_away_and_what_runs(seen: Figures) -> None:
    """A dependency at 0 is away."""
    assert seen.away == ("database",)
    assert seen.models == (("opencv_zoo", DIGEST, "cpu", "openvino 2026.4.1 CPU"),)


def test_a_service_that_nobody_asks() -> None:
    """There is nothing to show, and nothing fails."""
    before = parse(EARLIER, 0.0)
    idle = figures(before, parse(EARLIER, 2.0), before)

    assert (idle.requests, idle.routes, idle.stages, idle.batch) == (0.0, (), (), None)
    assert idle.capacity == (None, None, None)


def test_a_route_that_stands_still_is_among_the_first() -> None:
    """Nobody is answered there, and most wait."""
    page = parse(
        'facegraph_requests_total{route="/asked",code="200"} 5\n'
        'facegraph_requests_in_flight{route="/stuck"} 50\n',
        1.0,
    )
    assert [each.name for each in figures(NOTHING, page, NOTHING).routes] == ["/stuck", "/asked"]


def test_probes_and_scrapes_are_no_requests() -> None:
    """As on the dashboard; what reads this page is one of them."""
    routes = ("/metrics", "/v1/health/ready", "/v1/health/live", "/v1/models")
    lines = (f'facegraph_requests_total{{route="{name}",code="200"}} 5\n' for name in routes)
    seen = figures(NOTHING, parse("".join(lines), 1.0), NOTHING)

    assert ([each.name for each in seen.routes], seen.requests) == (["/v1/models"], 5.0)


def test_no_more_routes_than_fit() -> None:
    """The ten that were asked most."""
    lines = (f'facegraph_requests_total{{route="/{n}",code="200"}} {n}\n' for n in range(1, 15))
    seen = figures(NOTHING, parse("".join(lines), 1.0), NOTHING)

    assert [route.name for route in seen.routes] == [f"/{n}" for n in range(14, 4, -1)]
    assert seen.requests == sum(range(1, 15))


class Asked(Mapping[str, Mapping[Labels, float]]):
    """A page's samples, that remembers what it was asked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> Mapping[Labels, float]:
        self.names.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def test_every_series_is_one_of_the_catalogue() -> None:
    """A metric that is renamed there is missed here; replicas are counted where all are summed."""
    endings = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
    known = {
        f"{family.name}{ending}" for family in REGISTRY.collect() for ending in endings[family.type]
    }
    asked = Asked()
    figures(Page(0.0, asked), Page(1.0, asked), Page(0.0, asked))

    assert asked.names - known == {"facegraph_replicas"}
