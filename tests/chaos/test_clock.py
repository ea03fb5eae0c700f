"""The clock is stepped beneath a service: forward and back, never the system's own."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.acceptance.conftest import CONSENT, DEFAULT, PASSWORD, Running, enrol, send
from tests.chaos.conftest import Dying
from tests.chaos.deaths import kill
from tests.chaos.surroundings import NODES, REPLICAS, Server, doubled, replicas, titled

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

HOUR = 3600
UNSEEN_SECONDS = 20


@pytest.fixture(scope="module")
def offset() -> Iterator[Path]:
    """Give the file that says how far the clock of the service is off."""
    with tempfile.TemporaryDirectory(prefix="fg-") as folder:
        (path := Path(folder) / "offset").write_text("0")
        yield path


@pytest.fixture(scope="module")
def stepped(elsewhere: Server, offset: Path) -> Iterator[Running]:
    """Give a service whose tokens last for two hours, and whose clock that file steps."""
    chosen = {
        "PYTHONPATH": str(Path(__file__).with_name("stepped")),
        "STEPPED_CLOCK": str(offset),
        "FACEGRAPH_ACCESS_TOKEN_SECONDS": str(2 * HOUR),
    }
    with (
        tempfile.TemporaryDirectory(prefix="fg-") as folder,
        doubled(Path(folder), elsewhere.url, **chosen) as up,
    ):
        yield up


@pytest.fixture(autouse=True)
def _set_right(offset: Path) -> Iterator[None]:
    yield
    offset.write_text("0")


@pytest.mark.parametrize(("way", "seconds"), [("forward", HOUR), ("back", -HOUR)])
def test_the_clock_is_stepped(
    stepped: Running, offset: Path, death: Dying, way: str, seconds: int
) -> None:
    """Whoever has a token goes on with it, no limit or deadline is upset, and nothing restarts."""
    running = {node: replicas(stepped, node) for node in NODES}
    with death(stepped, f"the clock, stepped {way} by an hour") as each:
        each.strike(lambda: offset.write_text(str(seconds)))
        each.heal("nothing has to", lambda: log_in(stepped).is_success)
        each.wait(lambda: each.elapsed() > 15)
    each.assert_in_the_contract()
    assert {bad.outcome for bad in each.callers.bad()} <= {"429 overloaded"}
    assert {node: replicas(stepped, node) for node in NODES} == running


def test_a_replica_dies_after_the_clock_was_set_back(
    stepped: Running, offset: Path, death: Dying
) -> None:
    """Ray Serve's controller times its checks by that clock: a new one sees what the old cannot."""
    with death(stepped, "an Embedder replica, killed after the clock was set back") as each:
        offset.write_text(str(-HOUR))
        each.strike(lambda: kill(replicas(stepped, "Embedder")[0]))
        each.wait(lambda: each.elapsed() > UNSEEN_SECONDS)
        assert len(replicas(stepped, "Embedder")) == 1
        kill(*titled(stepped, "ray::ServeController"))
        each.heal(
            f"**not by itself**: after {UNSEEN_SECONDS} s somebody ended the process"
            " `ray::ServeController`, which Ray starts anew",
            lambda: len(replicas(stepped, "Embedder")) == REPLICAS,
        )
    each.assert_in_the_contract()


def test_tokens_end_by_the_clock(stepped: Running, offset: Path) -> None:
    """Three hours on, a token of two is over and says so; a new one is good."""
    offset.write_text(str(3 * HOUR))
    refused = stepped.client.get("/v1/users/me")
    with closing(stepped.log_in("admin", PASSWORD)) as client:
        assert client.get("/v1/users/me").status_code == 200

    assert (refused.status_code, refused.json()["code"]) == (401, "token_expired")


def test_tokens_from_the_future_are_refused(stepped: Running, offset: Path) -> None:
    """An hour back, a token that was given out by the clock as it was is not good yet."""
    with closing(stepped.log_in("admin", PASSWORD)) as client:
        offset.write_text(str(-HOUR))
        refused = client.get("/v1/users/me")

    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")


def test_consent_ends_by_the_clock_that_is_asked(
    stepped: Running, offset: Path, portrait: bytes
) -> None:
    """Enrolments ask the clock of the service, searches that of the database."""
    soon = (datetime.now(UTC) + timedelta(minutes=30)).isoformat()
    consent = CONSENT | {"expires_at": soon}
    assert enrol_with(stepped, "before", portrait, consent).status_code == 201
    offset.write_text(str(HOUR))
    late = enrol_with(stepped, "after", portrait, consent)
    found = send(stepped.client, f"{DEFAULT}/identify", portrait)

    assert (late.status_code, late.json()["code"]) == (422, "consent_expired")
    assert "before" in found.text


def enrol_with(
    up: Running, external_id: str, photo: bytes, consent: dict[str, str]
) -> httpx.Response:
    """Enrol somebody with another consent than the tests' own."""
    return enrol(up.client, DEFAULT, external_id, photo, consent=json.dumps(consent))


def log_in(up: Running) -> httpx.Response:
    """Ask for a token, as one who has none."""
    form = {"username": "admin", "password": PASSWORD}
    return httpx.post(f"{up.url}/v1/auth/token", data=form, timeout=30)
