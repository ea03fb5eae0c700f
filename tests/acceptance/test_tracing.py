"""What a receiver of traces is told: of one request, of a batch of eight, and of a refused one."""

import io
import re
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Event

import httpx
import pytest
import yaml
from PIL import Image

from tests.acceptance.conftest import (
    DEFAULT,
    Running,
    assert_ends_cleanly,
    enrol,
    eventually,
    running,
)
from tests.acceptance.production import deployment, shipped
from tests.acceptance.receiver import Received, Receiver, receiving

TRACE, PARENT = "ab" * 16, "cd" * 8
CALLER = {"traceparent": f"00-{TRACE}-{PARENT}-01", "X-Request-ID": "the-callers-own-id"}
REFUSED_TRACE = "ef" * 16
REFUSED = {"traceparent": f"00-{REFUSED_TRACE}-{PARENT}-01", "X-Request-ID": "of-a-refused-one"}
IDENTIFY = "POST /v1/collections/{collection}/identify"
EIGHT = 8
WAITED = 50.0  # ms; what a large photo takes is more, and what passes by itself is less.
PERSON = "somebody-1"
ABOUT = {"display_name": "Some Body", "metadata": '{"note": "secret"}'}

SAID = {
    "db.operation.name",
    "db.system.name",
    "facegraph.batch.size",
    "facegraph.problem",
    "facegraph.request_id",
    "http.request.method",
    "http.response.status_code",
    "http.route",
    "url.scheme",
}

# The last request of this page is younger when the service is told to stop.
DELAY = {"OTEL_BSP_SCHEDULE_DELAY": "2000"}


def patient(folder: Path) -> Path:
    """Write a configuration whose one embedder lets a queue stand behind a photo that takes long.

    As shipped those behind it are refused, for at its pace they would wait for too long.
    """
    document = shipped(port=8000)
    deployment(document, "Ingress")["user_config"]["capacity"]["queue_seconds"] = 5
    deployment(document, "Embedder")["autoscaling_config"]["max_replicas"] = 1
    path = folder / "serve_config.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


@pytest.fixture(scope="module")
def told(portrait: bytes) -> Iterator[Receiver]:
    """Let a service do the work of this page, end it, and give what its receiver has."""
    with (
        receiving() as receiver,
        tempfile.TemporaryDirectory(prefix="fg-") as folder,
        ExitStack() as stack,
    ):
        chosen = DELAY | {
            "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
            "FACEGRAPH_SERVE_CONFIG": str(patient(Path(folder))),
        }
        up = stack.enter_context(running(Path(folder), **chosen))
        # On a busy machine a first answer may be that there is none yet.
        eventually(lambda: enrol(up.client, DEFAULT, PERSON, portrait, **ABOUT).status_code == 201)
        large = _large()
        eventually(lambda: _eight_together(up, large, portrait))
        found = up.client.post(
            f"{DEFAULT}/identify", content=portrait, headers=CALLER | {"Content-Type": "image/jpeg"}
        )
        assert found.json()["faces"][0]["matches"][0]["external_id"] == PERSON
        with httpx.Client(base_url=up.url) as stranger:
            assert stranger.post(f"{DEFAULT}/identify", headers=REFUSED).status_code == 401
        assert_ends_cleanly(up)
        everything = "".join(each.whole for each in receiver.spans)
        assert [*up.secrets.said(everything.encode())] == []
        yield receiver


def _large() -> bytes:
    """Return a photo that takes long to decode."""
    file = io.BytesIO()
    Image.new("L", (6300, 6300)).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _eight_together(up: Running, large: bytes, portrait: bytes) -> bool:
    """Send eight photos behind a large one; tell whether all eight waited for it."""
    sent = Event()

    def slowly() -> Iterator[bytes]:
        yield large
        sent.set()

    def detect(photo: bytes | Iterator[bytes], size: int) -> httpx.Response:
        headers = {"Content-Type": "image/png", "Content-Length": str(size)}
        return up.client.post("/v1/faces/detect", content=photo, headers=headers)

    with ThreadPoolExecutor(EIGHT + 1) as callers:
        ahead = callers.submit(detect, slowly(), len(large))
        assert sent.wait(30)
        behind = [callers.submit(detect, portrait, len(portrait)) for _ in range(EIGHT)]
        ahead.result()
        return min(_waited(each.result()) for each in behind) > WAITED


def _waited(answer: httpx.Response) -> float:
    """Return the ms that a photo stood in the queue; to some of nine a slow machine may say 429."""
    found = re.search(r"queue;dur=([\d.]+)", answer.headers["server-timing"])
    return float(found[1]) if found else 0.0


Place = tuple[str, str]


def by_node(spans: list[Received]) -> list[tuple[Place, Place]]:
    """Return each span of a trace with what it is below of, both by node and name."""
    known = {each.id: (each.node, each.name) for each in spans}
    return sorted(
        ((each.node, each.name), known.get(each.parent, ("", each.parent))) for each in spans
    )


def test_one_request(told: Receiver) -> None:
    """Through all three nodes to the database, below the caller's span, under the caller's id."""
    spans = told.trace(TRACE)
    analyse, identify = ("Embedder", "embedder.analyse"), ("Matcher", "matcher.identify")
    top = ("Ingress", IDENTIFY)

    below = {
        top: ("", PARENT),
        ("Ingress", "admission"): top,
        ("Ingress", "body"): top,
        ("Ingress", "embedder.analyse"): top,
        analyse: ("Ingress", "embedder.analyse"),
        ("Embedder", "queue"): analyse,
        ("Embedder", "decode"): analyse,
        ("Embedder", "detect"): analyse,
        ("Embedder", "align"): analyse,
        ("Embedder", "embed"): analyse,
        ("Ingress", "matcher.identify"): top,
        identify: ("Ingress", "matcher.identify"),
        ("Matcher", "connection"): identify,
        ("Matcher", "collections.find_collection"): identify,
        ("Matcher", "search.find_nearest_exactly"): identify,
    }
    assert by_node(spans) == sorted(below.items())
    assert {each.said["facegraph.request_id"] for each in spans} == {CALLER["X-Request-ID"]}
    assert not [each for each in spans if each.failed or each.ended < each.began]
    (served,) = (each for each in spans if each.name == IDENTIFY)
    assert served.said["http.response.status_code"] == 200


def test_a_batch_of_eight(told: Receiver) -> None:
    """A trace of its own, linked to the spans of eight photos, each of which is linked to it."""
    batch = next(
        each for each in told.called("batch") if each.said["facegraph.batch.size"] == EIGHT
    )
    photos = [each for each in told.spans if (each.trace, each.id) in batch.links]

    assert batch.parent == ""
    assert [each.trace for each in told.spans].count(batch.trace) == 1
    assert {(each.node, each.name) for each in photos} == {("Embedder", "embedder.analyse")}
    assert len({each.trace for each in photos}) == len(batch.links) == EIGHT
    assert {each.links for each in photos} == {((batch.trace, batch.id),)}
    assert sorted(batch.said["facegraph.request_id"]) == sorted(
        each.said["facegraph.request_id"] for each in photos
    )
    # Who waits for a photo goes on while the thread that looked at it ends the batch.
    assert all(each.began <= batch.began < each.ended for each in photos)
    assert batch.began < batch.ended


def test_a_refused_one(told: Receiver) -> None:
    """It goes no further than the door: its status, and the code of its problem."""
    spans = told.trace(REFUSED_TRACE)
    (refused,) = (each for each in spans if each.name == IDENTIFY)

    assert by_node(spans) == [
        (("Ingress", IDENTIFY), ("", PARENT)),
        (("Ingress", "admission"), ("Ingress", IDENTIFY)),
    ]
    assert {each.said["facegraph.request_id"] for each in spans} == {REFUSED["X-Request-ID"]}
    assert refused.said["http.response.status_code"] == 401
    assert refused.said["facegraph.problem"] == "unauthenticated"
    assert not refused.failed


def test_nothing_of_anybody_is_told(told: Receiver) -> None:
    """Every span has its request's id; beyond that templates, names and numbers alone."""
    everything = "".join(each.whole for each in told.spans)

    assert told.paths == {"/v1/traces"}
    assert {each["facegraph.deployment"] for each in told.resources} == {
        "Ingress",
        "Embedder",
        "Matcher",
    }
    assert {each["service.name"] for each in told.resources} == {"facegraph"}
    assert all(each.said["facegraph.request_id"] for each in told.spans)
    assert {name for each in told.spans for name in each.said} - {"error.type"} == SAID
    assert not [
        secret for secret in ("/default", "secret", "somebody", "Some Body") if secret in everything
    ]
