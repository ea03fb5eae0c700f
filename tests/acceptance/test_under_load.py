"""One service while it is asked: it grows with the load, shrinks without it, and ends politely."""

import json
import operator
import re
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from config.serve_environment import haproxy_available
from tests.acceptance.conftest import Running, eventually, running
from tests.acceptance.light_traffic import light_traffic
from tests.acceptance.production import deployment, shipped
from tests.acceptance.test_main_job import measured
from tests.acceptance.two_replicas import named

# Photos under way in the whole service from which on there are two replicas: ten a second reach
# it, one in a while does not.
TARGET = 0.2
BUSY_SECONDS, CALM_SECONDS = 0.25, 10.0  # Between two requests of a caller.
UPLOADS = 4


@pytest.fixture(scope="module")
def up() -> Iterator[Running]:
    """Start a service whose Embedder follows the load within seconds, on small shares."""
    with tempfile.TemporaryDirectory(prefix="fg-") as folder:
        document = shipped(port=8000)
        embedder = deployment(document, "Embedder")
        embedder["autoscaling_config"] |= {
            "target_ongoing_requests": TARGET,
            "upscale_delay_s": 1,
            "downscale_delay_s": 3,
            "look_back_period_s": 2,
        }
        embedder["ray_actor_options"]["num_cpus"] = 0.1
        path = Path(folder) / "serve_config.yaml"
        path.write_text(yaml.safe_dump(document))
        with running(Path(folder), FACEGRAPH_SERVE_CONFIG=str(path)) as started:
            eventually(lambda: "Ctrl-C ends it" in (started.data_dir / "up.log").read_text())
            yield started


def embedders(up: Running) -> int:
    """Count the embedder replicas that are there and have proved their model."""
    (folder,) = re.findall(r"^  logs +(\S+)$", (up.data_dir / "up.log").read_text(), re.MULTILINE)
    logs = [
        "".join(file.read_text() for file in Path(folder).glob(f"worker-*-{each.pid}.err"))
        for each in named(up, "Embedder")
    ]
    return sum(json.dumps("ready") in log for log in logs)


def photos(up: Running) -> tuple[float, float]:
    """Return how many photos embedders have taken up, and ingresses have had analysed."""
    told = measured(up)
    taken, analysed = told["batch_size_sum"], told["faces_per_photo_count"]
    return sum(each.value for each in taken), sum(each.value for each in analysed)


def test_replicas_follow_the_load(up: Running, portrait: bytes) -> None:
    """Asked more, the service has two embedders, and in calm one again; every answer is good.

    What the one counted that had to go is not gone with it.
    """
    with light_traffic(up, portrait, BUSY_SECONDS) as busy:
        eventually(lambda: embedders(up) == 2)
        busy.flow(calm_seconds=2)
    with light_traffic(up, portrait, CALM_SECONDS) as calm:
        eventually(lambda: len(named(up, "Embedder")) == 1)
        calm.flow()

    assert (busy.bad(), calm.bad()) == ([], [])
    calm.assert_nothing_lost()
    eventually(lambda: operator.eq(*photos(up)), 15)


@pytest.mark.skipif(not haproxy_available(), reason="Ray's own proxy closes no listener first")
def test_what_is_under_way_is_answered_at_the_end(up: Running, portrait: bytes) -> None:
    """SIGTERM closes the listener at once; who asked before is answered, and nothing is left."""
    with light_traffic(up, portrait, BUSY_SECONDS) as callers:
        callers.flow()
        uploads = [half_sent(up, portrait) for _ in range(UPLOADS)]
        told = time.monotonic()
        up.process.send_signal(signal.SIGTERM)
        eventually(lambda: not listens(up))
        closed = time.monotonic()
        answers = [finished(each, portrait) for each in uploads]
        status = up.process.wait(timeout=60)

    broken = [each for each in callers.asked(told) if each.broken]
    assert {code for code, _ in answers} == {200}
    assert {len(json.loads(body)["faces"]) for _, body in answers} == {1}
    assert [each for each in broken if each.sent < told] == []
    assert {each.broken for each in broken if each.sent < closed} <= {"refused"}
    assert {each.broken for each in broken} <= {"refused", "closed"}
    assert (status, up.processes()) == (0, [])


def half_sent(up: Running, photo: bytes) -> HTTPConnection:
    """Begin to send a photo."""
    connection = HTTPConnection(urlsplit(up.url).netloc, timeout=30)
    connection.putrequest("POST", "/v1/faces/detect")
    connection.putheader("Authorization", up.client.headers["Authorization"])
    connection.putheader("Content-Type", "image/jpeg")
    connection.putheader("Content-Length", str(len(photo)))
    connection.endheaders(photo[: len(photo) // 2])
    return connection


def finished(connection: HTTPConnection, photo: bytes) -> tuple[int, bytes]:
    """Send the rest, and return the answer."""
    with closing(connection):
        connection.send(photo[len(photo) // 2 :])
        answer = connection.getresponse()
        return answer.status, answer.read()


def listens(up: Running) -> bool:
    """Tell whether a new connection is taken."""
    parts = urlsplit(up.url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True
