"""What a screen shows, as numbers: everything that happened between two pages."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from cli.top.rates import Distribution, Key, distributions, gauges, per_second
from cli.top.scrape import Page
from config.observability.queries import PROBES

ROUTES = 10
LEAST_SECONDS_OF_CPU = 20.0
QUERIES = 8

Rates: TypeAlias = tuple[tuple[Key, float], ...]
"""Rates of what happened at all, by the values of their labels, the highest first."""


@dataclass(frozen=True, slots=True)
class Route:
    """A second of one route: requests, and of these what callers and what the service got wrong."""

    name: str
    requests: float
    refused: float
    failed: float
    in_flight: float
    seconds: Distribution


@dataclass(frozen=True, slots=True)
class Timed:
    """A stage or a query: how often a second, and how long it took."""

    name: str
    rate: float
    seconds: Distribution


@dataclass(frozen=True, slots=True)
class Deployment:
    """The replicas of a deployment: how many, and what they take and hold, all together.

    `cores` is None before it was measured often enough to be told.
    """

    name: str
    replicas: float
    cores: float | None
    memory: float
    queue: float | None


@dataclass(frozen=True, slots=True)
class Connections:
    """The connections of a deployment to the database."""

    deployment: str
    used: float
    idle: float
    most: float


@dataclass(frozen=True, slots=True)
class Figures:
    """All of it; `capacity` is requests under way, places, and the pace, None where not told."""

    seconds: float
    requests: float
    in_flight: float
    routes: tuple[Route, ...]
    stages: tuple[Timed, ...]
    capacity: tuple[float | None, float | None, float | None]
    batch: float | None
    deployments: tuple[Deployment, ...]
    rejects: Rates
    decisions: Rates
    queries: tuple[Timed, ...]
    database_errors: Rates
    connections: tuple[Connections, ...]
    away: tuple[str, ...]
    models: tuple[Key, ...]


def figures(before: Page, after: Page, long_before: Page) -> Figures:
    """Return what happened between two pages, and what the later one says of now.

    The cores are those since `long_before`: CPU time is measured every ten seconds only.
    """
    routes = _routes(before, after)
    queries = _timed(before, after, "facegraph_db_seconds", "query")
    batches = distributions(before, after, "facegraph_batch_size", ())
    return Figures(
        seconds=after.at - before.at,
        requests=sum(route.requests for route in routes),
        in_flight=sum(route.in_flight for route in routes),
        routes=routes[:ROUTES],
        stages=_timed(before, after, "facegraph_stage_seconds", "stage"),
        capacity=(
            _alone(after, "facegraph_under_way"),
            _alone(after, "facegraph_places"),
            _alone(after, "facegraph_pace"),
        ),
        batch=batches[()].mean if batches else None,
        deployments=_deployments(long_before, after),
        rejects=_rates(before, after, "facegraph_rejects_total", ("reason",)),
        decisions=_rates(
            before, after, "facegraph_decisions_total", ("kind", "decision", "policy")
        ),
        queries=queries[:QUERIES],
        database_errors=_rates(before, after, "facegraph_db_errors_total", ("error",)),
        connections=_connections(after),
        away=_away(after),
        models=tuple(
            sorted(gauges(after, "facegraph_model_info", ("pack", "digest", "device", "engine")))
        ),
    )


def _routes(before: Page, after: Page) -> tuple[Route, ...]:
    """Return the routes that were asked, or are busy; probes and scrapes, ours too, are none.

    Those come first that are asked most, or stand still with most under way.
    """
    rates = per_second(before, after, "facegraph_requests_total", ("route", "code"))
    in_flight = gauges(after, "facegraph_requests_in_flight", ("route",))
    seconds = distributions(before, after, "facegraph_request_seconds", ("route",))
    found = (
        Route(
            name,
            requests=_of(rates, name, "12345"),
            refused=_of(rates, name, "4"),
            failed=_of(rates, name, "5"),
            in_flight=in_flight.get((name,), 0.0),
            seconds=seconds.get((name,), Distribution((), 0.0, 0.0)),
        )
        for name in {route for route, _ in rates} | {route for (route,) in in_flight}
    )
    busy = (route for route in found if route.requests or route.in_flight)
    asked = (route for route in busy if not re.fullmatch(PROBES, route.name))
    return tuple(sorted(asked, key=lambda one: (-max(one.requests, one.in_flight), one.name)))


def _of(rates: dict[Key, float], route: str, kinds: str) -> float:
    """Return the requests of a route whose status begins with one of these digits."""
    return sum(rate for (name, code), rate in rates.items() if name == route and code[:1] in kinds)


def _timed(before: Page, after: Page, family: str, label: str) -> tuple[Timed, ...]:
    """Return what ran, by the time that all of it took together."""
    seconds = after.at - before.at
    found = distributions(before, after, family, (label,))
    ran = (Timed(name, each.count / seconds, each) for (name,), each in found.items() if each.count)
    return tuple(sorted(ran, key=lambda each: -each.seconds.total))


def _rates(before: Page, after: Page, sample: str, by: Iterable[str]) -> Rates:
    found = per_second(before, after, sample, by)
    return tuple(
        sorted(((key, rate) for key, rate in found.items() if rate), key=lambda one: -one[1])
    )


def _deployments(long_before: Page, after: Page) -> tuple[Deployment, ...]:
    by = ("deployment",)
    cores = per_second(long_before, after, "facegraph_cpu_seconds_total", by)
    known = after.at - long_before.at >= LEAST_SECONDS_OF_CPU
    memory = gauges(after, "facegraph_resident_bytes", by)
    queues = gauges(after, "facegraph_queue_depth", by)
    return tuple(
        Deployment(
            name=key[0],
            replicas=replicas,
            cores=cores.get(key, 0.0) if known else None,
            memory=memory.get(key, 0.0),
            queue=queues.get(key),
        )
        for key, replicas in sorted(gauges(after, "facegraph_replicas", by).items())
    )


def _connections(page: Page) -> tuple[Connections, ...]:
    states = gauges(page, "facegraph_db_connections", ("deployment", "state"))
    return tuple(
        Connections(name, *(states.get((name, state), 0.0) for state in ("used", "idle", "most")))
        for name in sorted({name for name, _ in states})
    )


def _away(page: Page) -> tuple[str, ...]:
    up = gauges(page, "facegraph_dependency_up", ("dependency",))
    return tuple(sorted(name for (name,), value in up.items() if not value))


def _alone(page: Page, sample: str) -> float | None:
    return gauges(page, sample, ()).get(())
