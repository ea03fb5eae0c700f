"""`GET /metrics` of a running service: one page for all of it, from whichever replica."""

import signal
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.acceptance.conftest import Running, eventually, send
from tests.acceptance.two_replicas import REPLICAS, TOKEN, named

SCRAPER = {"Authorization": f"Bearer {TOKEN}"}
LIVE = "/v1/health/live"
ASKED = 20
# Each time over a new connection, so from any replica.
FRESH = httpx.Client(limits=httpx.Limits(max_keepalive_connections=0), trust_env=False)


@pytest.fixture(scope="module")
def up(doubled: Running) -> Iterator[Running]:
    """Give a service whose metrics ask for a token."""
    with closing(FRESH):
        yield doubled


def page(up: Running) -> str:
    """Return the page."""
    answer = FRESH.get(f"{up.url}/metrics", headers=SCRAPER)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return answer.text


def value(up: Running, name: str, **labels: str) -> float:
    """Return the sum of the samples of this name with these labels."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(page(up))
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def answered(up: Running) -> float:
    """Return how many questions whether it lives the service has answered."""
    return value(up, "facegraph_requests_total", route=LIVE, code="200")


def work(up: Running) -> dict[str, float]:
    """Return how often photos were looked for faces, had some found, and came in a batch."""
    return {
        "detected": value(up, "facegraph_stage_seconds_count", stage="detect"),
        "found": value(up, "facegraph_faces_per_photo_count"),
        "batches": value(up, "facegraph_batch_size_count"),
    }


def ask(up: Running, count: int) -> None:
    """Ask so many times."""
    for _ in range(count):
        assert FRESH.get(f"{up.url}{LIVE}").status_code == 200


def test_two_replicas_are_counted_as_one(up: Running, portrait: bytes) -> None:
    """Whoever answers the scraper tells of every request, and of the work behind it."""
    before, worked = answered(up), work(up)
    ask(up, ASKED)
    assert send(up.client, "/v1/faces/detect", portrait).status_code == 200
    eventually(lambda: answered(up) == before + ASKED)
    eventually(lambda: work(up) == {name: count + 1 for name, count in worked.items()})
    eventually(lambda: value(up, "facegraph_places") > 0)

    assert {answered(up) for _ in range(10)} == {before + ASKED}
    assert value(up, "facegraph_replicas", deployment="Ingress") == REPLICAS
    assert value(up, "facegraph_replicas", deployment="Telemetry") == 1
    assert value(up, "facegraph_dependency_up", dependency="database") == 1
    assert value(up, "facegraph_model_info", pack="opencv_zoo") == 1
    assert value(up, "facegraph_resident_bytes", deployment="Embedder") > 1e8
    assert value(up, "facegraph_db_connections", state="most") > 0


def test_queries_are_told_by_their_names(up: Running) -> None:
    """The database's time is told apart by query; nothing is left that has no name."""
    assert up.client.get("/v1/collections/default").status_code == 200
    eventually(
        lambda: value(up, "facegraph_db_seconds_count", query="collections.find_collection") >= 1
    )

    assert value(up, "facegraph_db_seconds_count", query="accounts.find_credentials") >= 1


def test_a_killed_replica_takes_nothing_with_it(up: Running) -> None:
    """What it had told stays counted, its successor counts on, and so it goes on."""
    before = answered(up)
    ask(up, ASKED)
    eventually(lambda: answered(up) == before + ASKED)
    victim, _ = named(up, "Ingress")
    victim.send_signal(signal.SIGKILL)
    eventually(lambda: len(named(up, "Ingress")) == REPLICAS)
    eventually(lambda: FRESH.get(f"{up.url}/v1/health/ready").is_success)
    kept = answered(up)
    ask(up, ASKED)
    eventually(lambda: answered(up) == kept + ASKED)

    assert kept >= before + ASKED


def test_a_replaced_telemetry_begins_anew(up: Running) -> None:
    """While it is away the page is 503 and nobody else notices; then counting goes on."""
    (victim,) = named(up, "Telemetry")
    victim.send_signal(signal.SIGKILL)
    refused = FRESH.get(f"{up.url}/metrics", headers=SCRAPER)
    ask(up, 10)
    eventually(lambda: FRESH.get(f"{up.url}/metrics", headers=SCRAPER).is_success)
    eventually(lambda: value(up, "facegraph_replicas") == REPLICAS + 4)
    before = answered(up)
    ask(up, ASKED)
    eventually(lambda: answered(up) >= before + ASKED)

    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert answered(up) <= before + ASKED + 10


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer another"}])
def test_strangers_are_not_told(up: Running, headers: dict[str, str]) -> None:
    """With a token set nobody reads the page without it."""
    refused = FRESH.get(f"{up.url}/metrics", headers=headers)

    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")


def test_rays_exporter_answers_too(up: Running) -> None:
    """What Ray itself measures is still where the start says."""
    (address,) = [
        line.split()[1]
        for line in (up.data_dir / "up.log").read_text().splitlines()
        if line.startswith("  Ray's ")
    ]
    eventually(lambda: "ray_serve_" in FRESH.get(address).text)
