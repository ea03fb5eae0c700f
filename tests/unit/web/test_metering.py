"""What each request leaves in the metrics, and that callers cannot add a series."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import pytest

from deployments import counters
from deployments.errors import LowQuality, Unavailable
from deployments.messages.gallery import Consent, NewIdentity, Template
from deployments.web import metering
from deployments.web.door import Door
from deployments.web.guard import Guard
from tests.unit.measured import counted, growth, series
from tests.unit.web.conftest import Service
from tests.unit.web.in_memory.toys import BINDING, NOW, face, unit
from tests.unit.web.labels import strays
from tests.unit.web.raw import ask

RAW = {"content-type": "image/jpeg"}
COLLECTION = "/v1/collections/{collection}"
IDENTIFY = f"{COLLECTION}/identify"
DETECT = "/v1/faces/detect"
SERIES = series()  # Those of a process that nobody has asked for anything yet.
ADA, BOB = unit(1, 0, 0, 0), unit(0, 1, 0, 0)


def guarded(service: Service) -> Guard:
    """Return the application as Ray Serve would wrap it."""
    guard = Guard(service.application, 2_000_000, body_timeout_seconds=5)
    guard.door = Door(service.application, service.services)
    return guard


def photo(service: Service) -> tuple[tuple[bytes, bytes], ...]:
    """Return the headers of a photo that the admin sends."""
    who = service.admin["authorization"].encode()
    return (b"authorization", who), (b"content-type", b"image/jpeg")


async def detect(service: Service, photo: bytes = b"photo") -> Any:
    """Have the faces of a photo found."""
    return await service.client.post(DETECT, headers=service.admin | RAW, content=photo)


@pytest.mark.parametrize(
    ("method", "path", "route", "code"),
    [
        ("GET", "/v1/models", "/v1/models", "200"),
        ("GET", "/v1/collections/default", COLLECTION, "200"),
        ("GET", "/v1/collections/somebody", COLLECTION, "404"),
        ("GET", "/somebody", "unmatched", "404"),
        ("BREW", "/v1/models", "/v1/models", "405"),
    ],
)
async def test_a_request_is_counted_by_its_template(
    service: Service, method: str, path: str, route: str, code: str
) -> None:
    """Under the status answered, however the path was filled in."""
    labels = {"route": route, "method": "other" if method == "BREW" else method, "code": code}
    requests, timed = (
        growth("facegraph_requests_total", **labels),
        growth("facegraph_request_seconds_count", route=route),
    )
    await service.client.request(method, path, headers=service.admin)

    assert (requests(), timed()) == (1, 1)


async def test_bytes_and_stages(service: Service) -> None:
    """Bodies both ways are counted, and each stage that ran is timed."""
    read = growth("facegraph_request_bytes_total", route=DETECT)
    answered = growth("facegraph_response_bytes_total", route=DETECT)
    queued = growth("facegraph_stage_seconds_sum", stage="queue")
    embedded = growth("facegraph_stage_seconds_count", stage="embed")
    answer = await detect(service, b"x" * 1000)

    assert (read(), answered()) == (1000, len(answer.content))
    assert queued() == pytest.approx(0.001)
    assert embedded() == 0


async def test_a_problem_is_counted_by_its_code(service: Service) -> None:
    """The code that the caller is told is the reason."""
    rejects = growth("facegraph_rejects_total", reason="unavailable")
    service.photographs.error = Unavailable("down")
    await detect(service)

    assert rejects() == 1


@pytest.mark.parametrize(
    ("target", "headers", "route", "reason"),
    [
        (b"/v1/faces/detect", (), DETECT, "unauthenticated"),
        (b"/v1/faces/detect", ((b"content-length", b"3000000"),), "unmatched", "body_too_large"),
        (b"/somebody", (), "unmatched", "not_found"),
    ],
)
async def test_a_refusal_at_the_door_is_counted(
    service: Service, target: bytes, headers: Any, route: str, reason: str
) -> None:
    """Also what the application never sees has its route, status and reason."""
    code = {"unauthenticated": "401", "body_too_large": "413", "not_found": "404"}[reason]
    requests = growth("facegraph_requests_total", route=route, method="POST", code=code)
    rejects = growth("facegraph_rejects_total", reason=reason)
    timed = growth("facegraph_request_seconds_count", route=route)
    answer = await ask(guarded(service), "POST", target, headers)

    assert (answer.status, requests(), rejects(), timed()) == (int(code), 1, 1, 0)


async def test_who_leaves_before_the_body_is_there(service: Service) -> None:
    """It is counted as one that its caller ended."""
    left = growth("facegraph_requests_total", route=DETECT, method="POST", code="499")
    token = service.admin["authorization"].encode()
    scope = {
        "type": "http",
        "method": "POST",
        "path": DETECT,
        "query_string": b"",
        "headers": [(b"authorization", token), (b"content-length", b"10")],
    }

    async def gone() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        raise AssertionError(message)

    await guarded(service)(scope, gone, send)

    assert left() == 1


@pytest.fixture
def hanging(service: Service) -> asyncio.Event:
    """Let photos be looked at for ever, and return what is set once one is."""
    looked_at = asyncio.Event()

    async def hang(*_: Any, **__: Any) -> Any:
        looked_at.set()
        await asyncio.Event().wait()

    service.photographs.analyse = hang  # type: ignore[method-assign]
    return looked_at


async def test_what_is_under_way(service: Service, hanging: asyncio.Event) -> None:
    """A request is in flight on its route from when it is let in until it ends, however it does."""
    before = counted("facegraph_requests_in_flight", route=DETECT)
    request = asyncio.create_task(ask(guarded(service), "POST", DETECT.encode(), photo(service)))
    await hanging.wait()
    during = counted("facegraph_requests_in_flight", route=DETECT)
    request.cancel()
    with suppress(asyncio.CancelledError):
        await request

    assert (during, counted("facegraph_requests_in_flight", route=DETECT)) == (before + 1, before)


@pytest.mark.parametrize(("status", "code"), [(499, "499"), (408, "504")])
async def test_what_ray_cancels_is_counted_once(
    service: Service, hanging: asyncio.Event, status: int, code: str
) -> None:
    """Ray answers for the application it cancels: to a caller who left, or who waited too long."""

    async def ray(scope: Any, receive: Any, send: Any) -> None:
        application = asyncio.create_task(service.application(scope, receive, send))
        await hanging.wait()
        application.cancel()
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"gone"})
        with suppress(asyncio.CancelledError):
            await application

    guard = Guard(ray, 2_000_000, body_timeout_seconds=5)
    guard.door = Door(service.application, service.services)
    grown = {
        each: growth("facegraph_requests_total", route=DETECT, method="POST", code=each)
        for each in ("200", "499", "500", "504")
    }
    await ask(guard, "POST", DETECT.encode(), photo(service))

    assert {each: grew() for each, grew in grown.items() if grew()} == {code: 1}


@pytest.mark.parametrize(
    ("status", "reason"), [(429, "overloaded"), (503, "unavailable"), (500, "internal")]
)
async def test_what_ray_answers_itself_is_counted(status: int, reason: str) -> None:
    """A request that Ray turned away is told from no other."""

    async def ray(scope: Any, receive: Any, send: Any) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"no"})

    rejects = growth("facegraph_rejects_total", reason=reason)
    answer = await ask(Guard(ray, 1000, 5), "GET", b"/v1/models")

    assert (answer.status, rejects()) == (status, 1)


HOSTILE = [
    ("BREW", b"/v1/models", ()),
    ("X" * 100, b"/v1/collections/a-persons-name/identify", ()),
    ("GET", b"/v1/collections/a-persons-name/identities/another", ()),
    ("POST", b"/a-persons-name", ((b"x-request-id", b"a-persons-name"),)),
    ("GET", b"/v1/models?a-persons-name=1", ((b"authorization", b"Bearer a-persons-name"),)),
    ("POST", b"/v1/faces/detect", ((b"content-length", b"9" * 40),)),
    ("GET", b"/%00%0a", ((b"host", b"a-persons-name"),)),
]


async def test_callers_add_no_series(service: Service) -> None:
    """Once each kind of refusal was seen, whatever is written in its place adds nothing."""
    guard = guarded(service)
    for method, target, headers in HOSTILE:
        await ask(guard, method, target, headers)
    before = series()
    for number in range(20):
        for method, target, headers in HOSTILE:
            other = method if method in {"GET", "POST"} else f"{method}{number}"
            await ask(guard, other, target.replace(b"persons", b"%d" % number), headers)

    assert series() == before
    assert strays() == set()


async def test_faces_and_their_quality(service: Service) -> None:
    """The faces of each photo are counted, of the largest the quality, and of each the liveness."""
    service.photographs.shows |= {
        b"crowd": (face(ADA, live=True), face(BOB, live=False)),
        b"wall": (),
    }
    photos, faces = (growth(f"facegraph_faces_per_photo_{part}") for part in ("count", "sum"))
    judged, scored = (growth(f"facegraph_quality_{part}") for part in ("count", "sum"))
    attacks = growth("facegraph_liveness_total", decision="attack")
    sure = growth("facegraph_liveness_score_count")
    await detect(service, b"crowd")
    await detect(service, b"wall")

    assert (photos(), faces()) == (2, 2)
    assert judged() == 1
    assert scored() == pytest.approx(0.9)
    assert (attacks(), sure()) == (1, 2)


@pytest.fixture
async def ada(service: Service) -> str:
    """Enrol Ada, and return the path of her verification."""
    template = Template(ADA, face().quality)
    person = NewIdentity("ada", "Ada", {}, Consent("form 7", "entry", NOW), (template,))
    enrolled = await service.shelf.enrol("default", person, BINDING, budget=1)
    return f"/v1/collections/default/identities/{enrolled.id}/verify"


@pytest.mark.parametrize(
    ("photo", "query", "decision", "policy"),
    [
        (ADA, "", "match", "provisional"),
        (BOB, "", "no_match", "provisional"),
        (BOB, "?threshold=-1", "match", "caller"),
    ],
)
async def test_a_verification_and_its_score(
    service: Service, ada: str, photo: Any, query: str, decision: str, policy: str
) -> None:
    """Accepted and rejected are told apart, with the similarities of each."""
    service.photographs.shows[b"probe"] = (face(photo),)
    labels = {"kind": "verify", "decision": decision}
    decisions = growth("facegraph_decisions_total", **labels, policy=policy)
    scores = growth("facegraph_similarity_count", **labels)
    await service.client.post(f"{ada}{query}", headers=service.admin | RAW, content=b"probe")

    assert (decisions(), scores()) == (1, 1)


async def identify(service: Service, photo: Any) -> None:
    """Look for somebody in the collection."""
    service.photographs.shows[b"probe"] = (face(photo),)
    path = IDENTIFY.format(collection="default")
    await service.client.post(path, headers=service.admin | RAW, content=b"probe")


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(
    ("photo", "decision", "between"), [(ADA, "match", (0.9, 1.0)), (BOB, "no_match", (-0.1, 0.0))]
)
async def test_an_identification_and_its_score(
    service: Service, photo: Any, decision: str, between: tuple[float, float]
) -> None:
    """Of somebody who was not found it is how near the nearest was."""
    labels = {"kind": "identify", "decision": decision}
    decisions = growth("facegraph_decisions_total", **labels, policy="provisional")
    below, within = (
        growth("facegraph_similarity_bucket", **labels, le=str(bound)) for bound in between
    )
    await identify(service, photo)

    assert (decisions(), below(), within()) == (1, 0, 1)


async def test_a_search_in_an_empty_collection_has_no_score(service: Service) -> None:
    """It is a decision all the same."""
    labels = {"kind": "identify", "decision": "no_match"}
    decisions = growth("facegraph_decisions_total", **labels, policy="provisional")
    scores = growth("facegraph_similarity_count", **labels)
    await identify(service, ADA)

    assert (decisions(), scores()) == (1, 0)


async def test_a_comparison_and_its_score(service: Service) -> None:
    """It is a decision like the others."""
    labels = {"kind": "compare", "decision": "match"}
    decisions = growth("facegraph_decisions_total", **labels, policy="provisional")
    scores = growth("facegraph_similarity_bucket", **labels, le="1.0")
    lower = growth("facegraph_similarity_bucket", **labels, le="0.9")
    files = [(side, ("photo.jpg", b"good")) for side in ("source", "target")]
    await service.client.post("/v1/faces/compare", headers=service.admin, files=files)

    assert (decisions(), scores(), lower()) == (1, 1, 0)


@pytest.mark.parametrize(
    ("shown", "reasons"),
    [
        ((), {"no_face"}),
        ((face(ADA), face(BOB)), {"multiple_faces"}),
        ((face(ADA, ("blurred", "too_dark")),), {"blurred", "too_dark"}),
    ],
)
async def test_why_a_photo_is_not_enrolled(service: Service, shown: Any, reasons: set[str]) -> None:
    """Each reason of the quality gate counts, and else the code of the problem."""
    service.photographs.shows[b"bad"] = shown
    grown = {
        reason: growth("facegraph_enrolment_rejections_total", reason=reason) for reason in reasons
    }
    consent = {"reference": "form 7", "purpose": "entry", "given_at": "2026-01-02T03:04:05Z"}
    await service.client.post(
        "/v1/collections/default/identities",
        headers=service.admin,
        files=[("images", ("photo.jpg", b"bad"))],
        data={"external_id": "ada", "consent": json.dumps(consent)},
    )

    assert {reason: each() for reason, each in grown.items()} == dict.fromkeys(reasons, 1)


def test_a_photo_that_the_gate_gives_no_reason_for() -> None:
    """It counts under the code of the problem."""
    grown = growth("facegraph_enrolment_rejections_total", reason="low_quality")
    metering.not_enrolled(LowQuality("No.", ()))

    assert grown() == 1


@pytest.mark.parametrize(
    ("password", "outcome"), [("correct horse", "ok"), ("battery", "invalid_credentials")]
)
async def test_log_ins(service: Service, password: str, outcome: str) -> None:
    """Each is counted by how it ends."""
    who = {"username": "ada", "password": "correct horse", "role": "verifier", "collections": []}
    assert (await service.client.post("/v1/users", headers=service.admin, json=who)).is_success
    grown = growth("facegraph_log_ins_total", outcome=outcome)
    await service.client.post("/v1/auth/token", data={"username": "ada", "password": password})

    assert grown() == 1


def test_what_an_alert_counts_is_there_before_the_first() -> None:
    """A series that is born with its first value has no increase, and would wake nobody."""
    known = {
        dict(labels)["outcome"] for name, labels in SERIES if name == "facegraph_log_ins_total"
    }
    assert known >= {"ok", "invalid_credentials", "account_locked", "rate_limited"}


async def test_off_nothing_is_counted(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every count stays where it was."""
    monkeypatch.setattr(counters, "counting", lambda: False)
    requests = growth("facegraph_requests_total", route=DETECT, method="POST", code="200")
    read = growth("facegraph_request_bytes_total", route=DETECT)

    assert (await detect(service)).status_code == 200
    assert (requests(), read()) == (0, 0)
