"""A service whose database or embedder is away: what needs neither goes on, the rest is refused."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import httpx
import psutil

from db.embedded import embedded_server
from tests.acceptance.conftest import DEFAULT, Running, enrol, eventually, names, running, send
from tests.hanging import hung, server_of

READY = "/v1/health/ready"
# While a breaker makes up its mind, a second of patience and two for the question, callers wait.
FIRST_SECONDS = 6.0
# Then they do not: an answer takes milliseconds, on a machine that others use as well some more.
AT_ONCE_SECONDS = 0.25

Ask = Callable[[], httpx.Response]


def test_a_service_degrades_on_purpose(data_dir: Path, portrait: bytes, group: bytes) -> None:
    """Without the database photos are still looked at, without the embedder people still erased.

    Whoever needs what is missing is refused in milliseconds, readiness names it, and all heals.
    """
    elsewhere = data_dir / "elsewhere"
    with ExitStack() as server:
        url = server.enter_context(embedded_server(elsewhere))
        with running(data_dir, DATABASE_URL=url) as up:
            person = enrol(up.client, DEFAULT, "astronaut", portrait).json()["id"]
            assert not (data_dir / "postgres").exists()

            with hung(server_of(elsewhere)):
                assert_database_is_lost(up, portrait, group)
            assert_healed(up, portrait)

            server.close()
            assert_database_is_lost(up, portrait, group)
            assert_a_new_ingress_says_so(up)
            server.enter_context(embedded_server(elsewhere))
            assert_healed(up, portrait)

            embedders = replicas(up, "Embedder")
            with hung(embedders):
                assert_embedder_is_lost(up, portrait, person)
                for process in embedders:
                    process.kill()
            eventually(lambda: enrol(up.client, DEFAULT, "astronaut", portrait).status_code == 201)
            assert_healed(up, portrait)


def assert_database_is_lost(up: Running, portrait: bytes, group: bytes) -> None:
    """Photos are looked at and compared; whoever needs what is stored is told at once."""
    assert_named(up, "database", lambda: send(up.client, f"{DEFAULT}/identify", portrait))
    assert_at_once(lambda: up.client.get(f"{DEFAULT}/identities"))
    detected = send(up.client, "/v1/faces/detect", group)
    compared = up.client.post("/v1/faces/compare", files={"source": portrait, "target": portrait})
    assert (detected.status_code, len(detected.json()["faces"])) == (200, 6)
    assert (compared.status_code, compared.json()["decision"]) == (200, "match")


def assert_a_new_ingress_says_so(up: Running) -> None:
    """Start without the database, live, and name what is missing."""
    for process in replicas(up, "Ingress"):
        process.kill()
    eventually(lambda: _answer_of(up, "/v1/health/live") == 200)
    checks = {"embedder": "ok", "matcher": "ok", "database": "failing"}
    eventually(lambda: up.client.get(READY).json()["checks"] == checks)


def _answer_of(up: Running, path: str) -> int | None:
    try:
        return up.client.get(path).status_code
    except httpx.TransportError:
        return None  # The connection that the dead one had.


def assert_embedder_is_lost(up: Running, portrait: bytes, person: str) -> None:
    """People are listed, read and erased; whoever sends a photo is told at once."""
    assert_named(up, "embedder", lambda: send(up.client, f"{DEFAULT}/identify", portrait))
    listed = up.client.get(f"{DEFAULT}/identities")
    assert [item["external_id"] for item in listed.json()["items"]] == ["astronaut"]
    assert up.client.get(f"{DEFAULT}/identities/{person}").status_code == 200
    erased = up.client.delete(f"{DEFAULT}/identities/{person}")
    assert (erased.status_code, erased.json()["search_confirms_absence"]) == (200, True)


def assert_named(up: Running, name: str, ask: Ask) -> None:
    """Refuse the first within the breaker's patience, the rest at once, and say what is missing."""
    first = ask()
    assert first.elapsed.total_seconds() < FIRST_SECONDS
    assert (first.status_code, first.json()["code"]) == (503, "unavailable")
    assert int(first.headers["Retry-After"]) >= 1
    assert_at_once(ask)
    checks = {"embedder": "ok", "matcher": "ok", "database": "ok"} | {name: "failing"}
    eventually(lambda: up.client.get(READY).json()["checks"] == checks, FIRST_SECONDS)
    assert_at_once(lambda: up.client.get(READY))


def assert_at_once(ask: Ask) -> None:
    """Refuse everybody in milliseconds, as soon as the breaker has made up its mind."""
    eventually(lambda: ask().elapsed.total_seconds() < AT_ONCE_SECONDS, FIRST_SECONDS)
    answers = [ask() for _ in range(10)]
    assert {answer.status_code for answer in answers} == {503}
    assert median(answer.elapsed.total_seconds() for answer in answers) < AT_ONCE_SECONDS


def assert_healed(up: Running, portrait: bytes) -> None:
    """Find who was enrolled, with all that was missing back by itself."""
    eventually(lambda: up.client.get(READY).status_code == 200)
    assert names(send(up.client, f"{DEFAULT}/identify", portrait)) == ["astronaut"]


def replicas(up: Running, name: str) -> list[psutil.Process]:
    """Return the processes of a node's replicas."""
    title = f"ServeReplica:facegraph:{name}"
    return [each for each in up.processes() if any(title in part for part in each.cmdline())]
