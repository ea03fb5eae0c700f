"""The name of a camera or a site that a request may carry, and what is counted by it."""

import json
from typing import Any

import pytest
import structlog

from deployments.arguments import IngressTuning
from deployments.errors import ImageTooLarge, UndecodableImage, UnsupportedMediaType
from deployments.messages.gallery import Consent, NewIdentity, Template
from deployments.sources import OTHER
from deployments.web.metering import look_at
from tests.unit.clock import Clock
from tests.unit.measured import growth, series
from tests.unit.web.conftest import Service
from tests.unit.web.in_memory.toys import BINDING, NOW, face, unit

RAW = {"content-type": "image/jpeg"}
HEADER = "x-facegraph-source"
DETECT = "/v1/faces/detect"
IDENTIFY = "/v1/collections/default/identify"
ADA, BOB = unit(1, 0, 0, 0), unit(0, 1, 0, 0)
LONGEST = "x" * 64


async def send(service: Service, path: str = DETECT, source: str | None = "lobby") -> Any:
    """Send a photo, as of a source."""
    named = {HEADER: source} if source is not None else {}
    headers = service.admin | RAW | named
    return await service.client.post(path, headers=headers, content=b"photo")


def photos(outcome: str, source: str = "lobby") -> Any:
    """Return what tells how many photos of that outcome have come since."""
    return growth("facegraph_source_photos_total", source=source, outcome=outcome)


@pytest.mark.parametrize("name", ["", "-lobby", "a b", "a/b", 'a"}', "x" * 65, "tür".encode()])
async def test_malformed(service: Service, name: str | bytes) -> None:
    """What is no name is refused, naming the header, and counted nowhere."""
    before = series()
    answer = await send(service, source=name)  # type: ignore[arg-type]

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.json()["errors"][0]["field"] == HEADER
    assert {labels for _, labels in series() - before if "source" in dict(labels)} == set()


async def test_two_names(service: Service) -> None:
    """A request is of one source."""
    headers = [*(service.admin | RAW).items(), (HEADER, "lobby"), (HEADER, "gate")]
    answer = await service.client.post(DETECT, headers=headers, content=b"photo")

    assert answer.json()["code"] == "invalid_request"


async def test_a_route_without_photos_has_no_source(service: Service) -> None:
    """There the header means nothing."""
    answer = await service.client.get("/v1/models", headers=service.admin | {HEADER: "a b"})

    assert answer.status_code == 200


@pytest.mark.parametrize("source", ["lobby", LONGEST, None])
async def test_the_line_of_the_request_has_it(service: Service, source: str | None) -> None:
    """The log tells the source as it was sent."""
    with structlog.testing.capture_logs() as lines:
        await send(service, source=source)

    assert [line["source"] for line in lines if line["event"] == "request"] == [source]


@pytest.mark.parametrize(
    ("shown", "outcome", "judged"), [((face(ADA),), "acquired", 1), ((), "no_face", 0)]
)
async def test_a_photo(service: Service, shown: Any, outcome: str, judged: int) -> None:
    """It is acquired or shows no face, and the quality of the face is counted."""
    service.photographs.shows[b"photo"] = shown
    found, quality = photos(outcome), growth("facegraph_source_quality_count", source="lobby")
    await send(service)

    assert (found(), quality()) == (1, judged)


@pytest.mark.parametrize(
    "fault", [UndecodableImage("no"), UnsupportedMediaType("no"), ImageTooLarge("no")]
)
async def test_a_photo_that_is_none(service: Service, fault: Exception) -> None:
    """It counts under the code that the caller is told."""
    service.photographs.error = fault
    answer = await send(service, IDENTIFY)
    outcome = photos(answer.json()["code"])
    await send(service, IDENTIFY)

    assert outcome() == 1


async def test_a_fault_of_the_service_is_none_of_the_camera(service: Service) -> None:
    """A photo that nobody could look at was not failed to be acquired."""
    service.photographs.error = RuntimeError("a bug")
    before = series()
    await send(service, source="of-a-bug")

    assert {labels for _, labels in series() - before if "source" in dict(labels)} == set()


@pytest.mark.parametrize(
    ("shown", "outcome"),
    [
        ((face(ADA),), "acquired"),
        ((), "no_face"),
        ((face(ADA), face(BOB)), "multiple_faces"),
        ((face(ADA, ("too_dark", "blurred")),), "too_dark"),
    ],
)
async def test_a_photo_to_enrol(service: Service, shown: Any, outcome: str) -> None:
    """One photo is one outcome, of several reasons the first."""
    service.photographs.shows[b"photo"] = shown
    found, acquired = photos(outcome), photos("acquired")
    consent = {"reference": "form 7", "purpose": "entry", "given_at": "2026-01-02T03:04:05Z"}
    await service.client.post(
        "/v1/collections/default/identities",
        headers=service.admin | {HEADER: "lobby"},
        files=[("images", ("photo.jpg", b"photo"))],
        data={"external_id": "ada", "consent": json.dumps(consent)},
    )

    assert (found(), acquired()) == (1, outcome == "acquired")


async def test_both_photos_of_a_comparison(service: Service) -> None:
    """Each is counted, and the similarity once."""
    acquired = photos("acquired")
    scores = growth("facegraph_source_similarity_count", source="lobby", decision="match")
    files = [(side, ("photo.jpg", b"good")) for side in ("source", "target")]
    headers = service.admin | {HEADER: "lobby"}
    await service.client.post("/v1/faces/compare", headers=headers, files=files)

    assert (acquired(), scores()) == (2, 1)


@pytest.mark.parametrize("path", ["/v1/collections/default/identities/{}/verify", IDENTIFY])
async def test_the_similarity_of_a_match(service: Service, path: str) -> None:
    """Whoever is recognised, 1:1 or 1:N, adds to the scores of the source."""
    person = NewIdentity(
        "ada", None, {}, Consent("form 7", "entry", NOW), (Template(ADA, face().quality),)
    )
    enrolled = await service.shelf.enrol("default", person, BINDING, budget=1)
    service.photographs.shows[b"photo"] = (face(ADA),)
    scores = growth("facegraph_source_similarity_count", source="lobby", decision="match")
    await send(service, path.format(enrolled.id))

    assert scores() == 1


async def test_a_photo_of_no_source(service: Service) -> None:
    """Nothing is counted under a name that nobody sent."""
    before = series()
    await send(service, source=None)

    assert {labels for _, labels in series() - before if "source" in dict(labels)} == set()


def names() -> set[str]:
    """Return every source that is told apart in this process."""
    return {dict(labels)["source"] for _, labels in series() if "source" in dict(labels)}


async def test_hostile_names_take_no_more_room_than_there_is(service: Service) -> None:
    """A caller who makes up names fills the room, once, and then adds no series."""
    service.services.tune(IngressTuning(sources=5))
    before, others = names(), photos("acquired", OTHER)
    service.photographs.shows[b"photo"] = (face(ADA),)
    for number in range(200):
        assert (await send(service, source=f"hostile-{number}")).status_code == 200

    assert names() - before == {f"hostile-{number}" for number in range(5)} | ({OTHER} - before)
    assert others() == 195


async def test_who_is_not_let_in_takes_no_room(service: Service) -> None:
    """A stranger's names are not even read."""
    answer = await service.client.post(DETECT, headers=RAW | {HEADER: "stranger"}, content=b"x")

    assert answer.status_code == 401
    assert service.services.sources.told("lobby") == "lobby"
    assert "stranger" not in names()


async def test_the_series_of_the_silent_go(service: Service, clock: Clock) -> None:
    """After a day without a photo a source leaves nothing behind."""
    service.services.sources._clock = clock
    await send(service, source="fallen-silent")
    assert "fallen-silent" in names()
    clock.now += 86400
    look_at(service.services.sources)

    assert "fallen-silent" not in names()


@pytest.mark.parametrize(
    ("method", "path", "named"),
    [
        ("post", DETECT, True),
        ("post", "/v1/faces/compare", True),
        ("post", "/v1/collections/{collection}/identities", True),
        ("post", "/v1/collections/{collection}/identify", True),
        ("get", "/v1/models", False),
    ],
)
async def test_the_document_names_it(service: Service, method: str, path: str, named: bool) -> None:
    """Every route that takes photos says so in OpenAPI, and no other."""
    document = (await service.client.get("/openapi.json")).json()
    parameters = document["paths"][path][method].get("parameters", ())

    assert ("X-Facegraph-Source" in {each["name"] for each in parameters}) is named
