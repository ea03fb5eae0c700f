"""Something goes wrong in a running service, and the alert that it should fires (`make alerts`)."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from uuid import uuid4

import asyncpg
import httpx
import pytest

from cli import pictures
from tests.acceptance.conftest import DEFAULT, enrol, eventually, send
from tests.alerts.conftest import Watched
from tests.alerts.prometheus import Prometheus
from tests.architecture.test_observability import Asked, of_panels
from tests.chaos.surroundings import replicas
from tests.hanging import hung, server_of, stuttering
from tests.promql import read

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]

Ask = Callable[[httpx.Client], object]

CALM_SECONDS = 15.0


@contextmanager
def crowd(watched: Watched, ask: Ask, callers: int = 40) -> Iterator[None]:
    """Let many ask the same, each as soon as the one before was answered."""
    ended = Event()

    def go_on() -> None:
        headers = {"Authorization": watched.up.client.headers["Authorization"]}
        with httpx.Client(base_url=watched.up.url, headers=headers, timeout=30) as client:
            while not ended.is_set():
                with suppress(httpx.TransportError):
                    ask(client)

    threads = [Thread(target=go_on) for _ in range(callers)]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        ended.set()
        for each in threads:
            each.join()


def identify(watched: Watched, collection: str = DEFAULT) -> Ask:
    """Return what a caller does who looks for somebody."""
    return lambda client: send(client, f"{collection}/identify", watched.photo)


def test_nothing_fires_on_a_good_day(watched: Watched) -> None:
    """Steady traffic that the service can serve wakes nobody."""
    eventually(lambda: watched.prometheus.firing() == set())
    until = time.monotonic() + CALM_SECONDS
    while time.monotonic() < until:
        assert watched.prometheus.firing() == set()
        time.sleep(1)


def test_every_panel_shows_something(watched: Watched) -> None:
    """After a little of everything each query of the dashboard returns data."""
    began = time.time()
    checked = a_little_of_everything(watched)
    empty = [asked for asked in of_panels() if not wants_days(asked)]

    def all_show() -> bool:
        empty[:] = [each for each in empty if not shows(watched.prometheus, each, began)]
        return not empty

    with crowd(watched, identify(watched, checked), callers=1), suppress(AssertionError):
        eventually(all_show, 40)
    assert [(asked.where, asked.legend) for asked in empty] == []


def wants_days(asked: Asked) -> bool:
    """Tell whether a query compares with the days before; test_drift.py makes them up."""
    return any(each.metric == "facegraph:drift" for each in read(asked.expression).selectors)


def shows(prometheus: Prometheus, asked: Asked, since: float) -> bool:
    """Tell whether Grafana would draw anything for a query, of the time since then."""
    expression = asked.expression.replace("$__rate_interval", "10s")
    return prometheus.has_data(expression, since, time.time())


def a_little_of_everything(watched: Watched) -> str:
    """Compare, verify, be refused, fail to log in, and do without the database for a moment.

    Returns the path of a collection that looks whether faces are live.
    """
    client, photo = watched.up.client, watched.photo
    name = f"t-{uuid4().hex[:8]}"
    observed = {"id": name, "name": "Test", "liveness": "observe"}
    assert client.post("/v1/collections", json=observed).status_code == 201
    collection = f"/v1/collections/{name}"
    person = enrol(client, collection, "astronaut", photo).json()["id"]
    answers = [
        client.post(
            f"{collection}/identities/{person}/verify",
            headers={"Content-Type": "image/jpeg", "X-Facegraph-Source": "lobby"},
            content=photo,
        ),
        client.post("/v1/faces/compare", files={"source": photo, "target": photo}),
        enrol(client, collection, "six", pictures.jpeg(pictures.group_photo())),
        log_in(watched, "nobody"),
        client.post(
            "/v1/faces/compare",
            files={"source": photo, "target": photo},
            data={"target_fmr": "1e-9"},
        ),
    ]
    assert [each.status_code for each in answers] == [200, 200, 422, 401, 422]
    by_policy(watched, "everything")
    watched.server.stop()
    eventually(lambda: client.get(f"{collection}/identities").status_code == 503)
    watched.server.start()
    eventually(lambda: client.get(f"{collection}/identities").status_code == 200)
    return collection


def log_in(watched: Watched, username: str) -> httpx.Response:
    """Try to log in with a password that is wrong."""
    form = {"username": username, "password": "a wrong one"}
    return httpx.post(f"{watched.up.url}/v1/auth/token", data=form, timeout=30)


def by_policy(watched: Watched, name: str) -> str:
    """Store an FPIR that made-up data carry in a gallery of two faces; return a gallery by it."""
    client = watched.up.client
    card = client.get("/v1/models").json()["items"][0]
    evidence = {
        "report_digest": "0" * 64,
        "dataset": "made up",
        "people": 100,
        "photos": 200,
        "pack_digest": card["digest"],
        "pipeline": card["pipeline"],
        "quality": "standard",
        "comparisons": 5000,
        "points": [
            {"target_fmr": 0.01, "threshold": 0.3, "false_matches": 30, "fmr_upper_bound": 0.01}
        ],
    }
    body = {"kind": "identify", "target_fpir": 0.02, "evidence": evidence}
    assert client.put(f"/v1/policies/{name}", json=body).status_code == 200
    made = client.post("/v1/collections", json={"id": name, "name": "Test", "policy": name})
    assert made.status_code == 201
    collection = f"/v1/collections/{name}"
    # Within seconds every replica knows of it.
    eventually(lambda: send(client, f"{collection}/identify", watched.photo).status_code == 200)
    return collection


def test_a_gallery_outgrows_its_data(watched: Watched) -> None:
    """It fills up what the data of its policy carry, and one more is enrolled."""
    collection = by_policy(watched, "outgrown")
    for number in range(2):
        enrol(watched.up.client, collection, f"person-{number}", watched.photo)
    with crowd(watched, identify(watched, collection), callers=1):
        watched.assert_fires("FacegraphPolicyNearItsLimit")
        enrol(watched.up.client, collection, "one-more", watched.photo)
        watched.assert_fires("FacegraphPolicyRefuses")


def test_passwords_are_guessed(watched: Watched) -> None:
    """Log-ins that fail, one after the other."""
    with crowd(watched, lambda _: log_in(watched, "admin-or-so"), callers=2):
        watched.assert_fires("FacegraphLogInsFail")


def test_identifications_are_late(watched: Watched) -> None:
    """An embedder that stands still for most of the time."""
    # Before there is a crowd, whose quick answers would stay in the long windows for minutes.
    with (
        stuttering(lambda: replicas(watched.up, "Embedder"), 0.7, 0.1),
        crowd(watched, identify(watched)),
    ):
        watched.assert_fires("FacegraphLatencyBudgetFast", "FacegraphLatencyBudgetSlow")


def test_more_comes_than_can_be_done(watched: Watched) -> None:
    """Callers who never wait, more than there are places for."""
    with crowd(watched, identify(watched)):
        watched.assert_fires("FacegraphOverloaded", "FacegraphSaturated")


def test_the_embedder_hangs(watched: Watched) -> None:
    """The only one there is."""
    with hung(replicas(watched.up, "Embedder")):
        watched.assert_fires("FacegraphEmbedderNotReady")


def test_the_matcher_hangs(watched: Watched) -> None:
    """The only one there is."""
    with hung(replicas(watched.up, "Matcher")):
        watched.assert_fires("FacegraphMatcherNotReady")


def test_postgresql_is_slow(watched: Watched) -> None:
    """All processes of it stand still for most of the time."""
    with (
        stuttering(lambda: server_of(watched.server.folder), 0.6, 0.2),
        crowd(watched, identify(watched), callers=10),
    ):
        watched.assert_fires("FacegraphDatabaseSlow")


async def test_a_table_is_locked(watched: Watched) -> None:
    """Somebody's transaction keeps all others waiting, with the connections they hold."""
    somebody = await asyncpg.connect(watched.server.superuser)
    try:
        async with somebody.transaction():
            await somebody.execute("LOCK TABLE facegraph.identities IN ACCESS EXCLUSIVE MODE")
            with crowd(watched, lambda client: client.get(f"{DEFAULT}/identities")):
                watched.assert_fires("FacegraphConnectionsUsedUp")
    finally:
        await somebody.close()


def test_postgresql_is_gone(watched: Watched) -> None:
    """It was stopped, and requests that need it fail."""
    watched.server.stop()
    try:
        watched.assert_fires(
            "FacegraphDatabaseGone", "FacegraphErrorBudgetFast", "FacegraphErrorBudgetSlow"
        )
    finally:
        watched.server.start()


def test_nothing_is_measured(watched: Watched) -> None:
    """The process that adds up hangs, so that nobody answers a scrape."""
    with hung(replicas(watched.up, "Telemetry")):
        watched.assert_fires("FacegraphGone")
