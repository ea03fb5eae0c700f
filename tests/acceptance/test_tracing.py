"""What a receiver of traces is told: of one request, of a batch of eight, and of a refused one."""

import io
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.acceptance.conftest import DEFAULT, Running, enrol, eventually, running
from tests.acceptance.receiver import Received, Receiver, receiving

TRACE, PARENT = "ab" * 16, "cd" * 8
CALLER = {"traceparent": f"00-{TRACE}-{PARENT}-01", "X-Request-ID": "the-callers-own-id"}
REFUSED_TRACE = "ef" * 16
REFUSED = {"traceparent": f"00-{REFUSED_TRACE}-{PARENT}-01", "X-Request-ID": "of-a-refused-one"}
IDENTIFY = "POST /v1/collections/{collection}/identify"
EIGHT = 8
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


@pytest.fixture(scope="module")
def told(portrait: bytes) -> Iterator[Receiver]:
    """Let a service do the work of this page, end it, and give what its receiver has."""
    with (
        receiving() as receiver,
        tempfile.TemporaryDirectory(prefix="fg-") as folder,
        running(
            Path(folder), OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url, OTEL_BSP_SCHEDULE_DELAY="2000"
        ) as up,
    ):
        # On a busy machine a first answer may be that there is none yet.
        eventually(lambda: enrol(up.client, DEFAULT, PERSON, portrait, **ABOUT).status_code == 201)
        eventually(lambda: _eight_together(up, receiver, portrait))
        found = up.client.post(
            f"{DEFAULT}/identify", content=portrait, headers=CALLER | {"Content-Type": "image/jpeg"}
        )
        assert found.json()["faces"][0]["matches"][0]["external_id"] == PERSON
        with httpx.Client(base_url=up.url) as stranger:
            assert stranger.post(f"{DEFAULT}/identify", headers=REFUSED).status_code == 401
        # Younger than any replica waits before it sends: they are sent at the end.
        assert up.stop() == 0
        yield receiver


def _eight_together(up: Running, receiver: Receiver, portrait: bytes) -> bool:
    """Send eight photos while a large one is looked at; tell whether they became one batch."""
    large = io.BytesIO()
    Image.new("L", (6300, 6300)).save(large, "PNG")

    def detect(photo: bytes) -> int:
        with closing(httpx.Client(base_url=up.url, headers=up.client.headers, timeout=30)) as own:
            return own.post(
                "/v1/faces/detect", content=photo, headers={"Content-Type": "image/png"}
            ).status_code

    with ThreadPoolExecutor(EIGHT + 1) as callers:
        answers = list(callers.map(detect, [large.getvalue(), *[portrait] * EIGHT]))
    # Nobody knows yet how fast this machine is: to some of nine a slow one may say 429.
    return set(answers) == {200} and any(
        each.said["facegraph.batch.size"] == EIGHT for each in receiver.called("batch")
    )


def by_node(spans: list[Received]) -> dict[tuple[str, str], tuple[str, str]]:
    """Return what each span of a trace is below of, both by node and name."""
    known = {each.id: (each.node, each.name) for each in spans}
    return {
        (each.node, each.name): known.get(each.parent, ("", each.parent))
        for each in spans
        if not each.name.startswith("access.")  # Of a copy that any request may find too old.
    }


def test_one_request(told: Receiver) -> None:
    """Through all three nodes to the database, below the caller's span, under the caller's id."""
    spans = told.trace(TRACE)
    analyse, identify = ("Embedder", "embedder.analyse"), ("Matcher", "matcher.identify")
    top = ("Ingress", IDENTIFY)

    assert by_node(spans) == {
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
        ("Matcher", "collections.find_collection"): identify,
        ("Matcher", "search.find_nearest_exactly"): identify,
    }
    assert {each.said["facegraph.request_id"] for each in spans} == {CALLER["X-Request-ID"]}
    assert not [each for each in spans if each.failed or each.ended < each.began]
    (served,) = told.called(IDENTIFY)[:1]
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
    assert all(each.began <= batch.began < batch.ended <= each.ended for each in photos)


def test_a_refused_one(told: Receiver) -> None:
    """It goes no further than the door: its status, and the code of its problem."""
    spans = told.trace(REFUSED_TRACE)
    (refused,) = (each for each in spans if each.name == IDENTIFY)

    assert by_node(spans) == {
        ("Ingress", IDENTIFY): ("", PARENT),
        ("Ingress", "admission"): ("Ingress", IDENTIFY),
    }
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
