"""Services started as an operator starts them, on free ports, in folders of their own."""

import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import coverage
import httpx
import psutil
import pytest
from PIL import Image

from cli import leftovers, pictures
from config.serve_environment import free_ports
from tests.acceptance.models import put_models
from tests.acceptance.sharing import Shared
from tests.acceptance.two_replicas import environment
from tests.leaks import CANARY, Secrets, files_in, session

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(sys.executable).parent
DEFAULT = "/v1/collections/default"
PASSWORD = "of-a-service-under-test"
EDGE = "the secret of the load balancer under test"
CONSENT = {"reference": CANARY, "purpose": CANARY, "given_at": "2026-01-01T00:00:00Z"}


def facegraph(*arguments: str, covered: bool = True) -> list[str]:
    """Return the command line of a verb, under coverage where the test is, if that is wanted."""
    covered = covered and coverage.Coverage.current() is not None
    under = [sys.executable, "-m", "coverage", "run"] if covered else []
    return [*under, str(SCRIPTS / "facegraph"), *arguments]


@dataclass
class Running:
    """A service that is up, and a client logged in as its admin."""

    url: str
    data_dir: Path
    process: subprocess.Popen[bytes]
    secrets: Secrets = field(default_factory=Secrets)
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.log_in("admin", PASSWORD)

    def log_in(self, username: str, password: str) -> httpx.Client:
        """Return a client that carries an access token of that account."""
        # No bound on kept connections: a surplus one may be closed under another thread's request
        # (encode/httpcore issue 1110).
        client = httpx.Client(
            base_url=self.url,
            timeout=30.0,
            limits=httpx.Limits(),
            event_hooks={"request": [self.secrets.sent], "response": [self.secrets.answered]},
        )
        answer = client.post("/v1/auth/token", data={"username": username, "password": password})
        assert answer.status_code == 200, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return client

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end."""
        self.client.close()
        self.process.send_signal(number)
        return self.process.wait(timeout=60)

    def processes(self) -> list[psutil.Process]:
        """Return what this service started and is still there."""
        return leftovers.marked(self.data_dir.resolve())

    def logs(self) -> list[Path]:
        """Return every file that it, Ray or its database has written for people to read."""
        told = self.data_dir / "up.log"
        database = self.data_dir / "postgres"
        return files_in(session(told), told, database / "log", database / "start.log")


SHARED = Shared[Running]()


def running(data_dir: Path, **environment: str) -> AbstractContextManager[Running]:
    """Start `facegraph up`, wait until it is ready, and end it if the test has not."""
    return _running(data_dir, facegraph("up", covered=False), environment)


def running_covered(data_dir: Path, **environment: str) -> AbstractContextManager[Running]:
    """Do so under coverage, which slows a start; most run the same lines, so that few need it."""
    return _running(data_dir, facegraph("up"), environment)


@contextmanager
def _running(
    data_dir: Path, command: list[str], environment: Mapping[str, str]
) -> Iterator[Running]:
    port = free_ports(1)[0]
    put_models(data_dir)
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    chosen = {
        "FACEGRAPH_PORT": str(port),
        "FACEGRAPH_DATA_DIR": str(data_dir),
        "FACEGRAPH_ADMIN_PASSWORD": PASSWORD,
        "FACEGRAPH_EDGE_SECRET": EDGE,
        "FACEGRAPH_BCRYPT_ROUNDS": "4",
    }
    with (data_dir / "up.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            env=inherited | chosen | dict(environment),
            stdout=log,
            stderr=log,
            cwd=ROOT,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(url, process, data_dir / "up.log")
        # A service may be ready a moment before its start has told where its logs are.
        eventually(lambda: "Ctrl-C ends it" in (data_dir / "up.log").read_text())
        up = Running(url, data_dir, process, secrets_of(data_dir, process))
        with closing(up.client):
            yield up
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=60)
    assert up.secrets.said_in(up.logs()) == []


def secrets_of(data_dir: Path, process: subprocess.Popen[bytes]) -> Secrets:
    """Return what only the service and its operator know."""
    environments = (each.environ() for each in psutil.Process(process.pid).children())
    token_of_ray = next(filter(None, (each.get("RAY_AUTH_TOKEN") for each in environments)))
    secrets = Secrets(admin=PASSWORD, edge=EDGE, ray=token_of_ray)
    for file in (data_dir / "jwt_secret", data_dir / "admin_password"):
        if file.exists():
            secrets.add(file.read_text().strip(), file.name)
    return secrets


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{url}/v1/health/ready", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the service did not become ready:\n{log.read_text()}")


def eventually(holds: Callable[[], bool], seconds: float = 90.0) -> None:
    """Ask until it holds; fails when it does not in time."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.2)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """Give an empty data directory, gone after the test."""
    with tempfile.TemporaryDirectory(prefix="fg-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def service() -> Running:
    """One service for all tests that leave it as they found it; see sharing.py."""
    return SHARED.get("service", running_covered)


@pytest.fixture(scope="module")
def doubled() -> Running:
    """One service of two ingress replicas for all tests that look at how they work together."""
    return SHARED.get("doubled", lambda folder: running(folder, **environment(folder)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """After a file end what the next does not share, once all fixtures that use it have ended."""
    try:
        return (yield)
    finally:
        if nextitem is None or nextitem.path != item.path:
            SHARED.end_unless(getattr(nextitem, "fixturenames", ()))


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish() -> Generator[None, object, object]:
    """End what a run that was interrupted has left."""
    try:
        return (yield)
    finally:
        SHARED.end()


@pytest.fixture
def collection(service: Running) -> Iterator[str]:
    """Give the path of an empty collection of the shared service."""
    with collection_of(service) as path:
        yield path


@contextmanager
def collection_of(service: Running) -> Iterator[str]:
    """Make an empty collection, give its path, and delete it with all in it."""
    name = f"t-{uuid4().hex[:8]}"
    answer = service.client.post("/v1/collections", json={"id": name, "name": "Test"})
    assert answer.status_code == 201, answer.text
    yield f"/v1/collections/{name}"
    service.client.delete(f"/v1/collections/{name}", params={"force": "true"})


@pytest.fixture(scope="session")
def group() -> bytes:
    """Give the group photo insightface ships: six people."""
    return pictures.jpeg(pictures.group_photo())


@pytest.fixture(scope="session")
def portrait() -> bytes:
    """Give the portrait scikit-image ships: one person."""
    return pictures.jpeg(pictures.stranger_photo())


@pytest.fixture(scope="session")
def blank() -> bytes:
    """Give a picture with nobody on it."""
    buffer = io.BytesIO()
    Image.new("RGB", (320, 240), "grey").save(buffer, "PNG")
    return buffer.getvalue()


def enrol(
    client: httpx.Client, collection: str, external_id: str, *photos: bytes, **fields: Any
) -> httpx.Response:
    """Post an enrolment with valid consent."""
    form = {"external_id": external_id, "consent": json.dumps(CONSENT)} | fields
    files = [("images", (f"{number}.jpg", photo)) for number, photo in enumerate(photos)]
    return client.post(f"{collection}/identities", data=form, files=files)


def send(client: httpx.Client, path: str, photo: bytes, **options: Any) -> httpx.Response:
    """Post a photo as the raw body."""
    return client.post(path, params=options, content=photo, headers={"Content-Type": "image/jpeg"})


def names(answer: httpx.Response) -> list[str]:
    """Return the external ids that the first face matched."""
    return [match["external_id"] for match in answer.json()["faces"][0]["matches"]]


def assert_ends_cleanly(up: Running) -> None:
    """SIGTERM ends the service with status 0, and leaves no process behind."""
    assert up.stop() == 0
    assert up.processes() == []
