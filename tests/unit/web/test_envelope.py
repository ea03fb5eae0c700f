"""What every answer wears, and what the log says of it."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
import structlog

from deployments.errors import NoFace, UndecodableImage
from deployments.web.envelope import Envelope
from tests.recorded import Recorded, told
from tests.unit.web.conftest import Service
from tests.unit.web.in_memory.toys import face, unit

IMAGE = {"content-type": "image/jpeg"}
IDENTIFY = "/v1/collections/default/identify"


@pytest.mark.parametrize("path", ["/v1/health/live", "/v1/models", "/nowhere", "/docs"])
async def test_every_answer(service: Service, path: str) -> None:
    """Answers of every kind carry the caller's id once, the total time, and are not cached."""
    answer = await service.client.get(path, headers={"x-request-id": "my-own-id"})

    assert answer.headers.get_list("x-request-id") == ["my-own-id"]
    assert "total;dur=" in answer.headers["server-timing"]
    assert answer.headers["cache-control"] == "no-store"


async def test_stages_of_the_nodes(service: Service) -> None:
    """The stages that other nodes measured are told in the order of the work."""
    answer = await service.client.post(IDENTIFY, headers=service.admin | IMAGE, content=b"photo")
    timing = answer.headers["server-timing"]

    assert timing.startswith("queue;dur=1.0, decode;dur=2.0, search;dur=3.0, total;dur=")


async def test_one_line_a_request(service: Service) -> None:
    """The log has one line a request, by template and without anything that was sent."""
    with structlog.testing.capture_logs() as lines:
        await service.client.post(
            f"{IDENTIFY}?limit=3", headers=service.admin | IMAGE, content=b"photo"
        )
    (line,) = lines

    assert line["event"] == "request"
    assert (line["method"], line["status"]) == ("POST", 200)
    assert line["route"] == "/v1/collections/{collection}/identify"
    assert (line["principal"], line["collection"]) == ("admin", "default")
    assert line["stages"] == {"queue": 1.0, "decode": 2.0, "search": 3.0}
    assert line["duration_ms"] > 0


FOUND = ("photos", "image_bytes", "image_pixels", "faces", "decisions", "policy")
ONE = (1, 5, 640 * 480, 1)
PEOPLE = "/v1/collections/default/identities"


@pytest.mark.parametrize(
    ("path", "content", "found"),
    [
        (IDENTIFY, b"photo", (*ONE, {"no_match": 1}, "provisional")),
        (f"{IDENTIFY}?faces=all&threshold=0.3", b"group", (*ONE[:3], 2, {"no_match": 2}, "caller")),
        (f"{IDENTIFY}?limit=none", b"photo", (None,) * 6),
        ("/v1/faces/detect", b"photo", (*ONE, None, None)),
        ("/v1/faces/detect", b"wall.", (1, 5, 640 * 480, 0, None, None)),
        ("/v1/faces/detect", b"noise", (1, 5, None, None, None, None)),
        (f"{IDENTIFY}?limit=3", b"wall.", (1, 5, 640 * 480, 0, None, None)),
        ("/v1/faces/nothing", b"photo", (None,) * 6),
    ],
)
async def test_what_was_found_and_decided(
    service: Service, path: str, content: bytes, found: tuple[object, ...]
) -> None:
    """The line tells of photos, faces and decisions in numbers, as far as the request came.

    Sizes are there always: of the body as far as it was read, and of the answer.
    """
    one = face(unit(1, 0, 0, 0))
    service.photographs.shows |= {
        b"group": (one, one),
        b"wall.": (),
        b"noise": UndecodableImage(""),
    }
    with structlog.testing.capture_logs() as lines:
        answer = await service.client.post(path, headers=service.admin | IMAGE, content=content)
    (line,) = lines

    assert tuple(line[name] for name in FOUND) == found
    assert line["answer_bytes"] == len(answer.content)
    assert line["body_bytes"] == (5 if "nothing" not in path else 0)


async def test_two_photos_and_what_was_decided_of_them(service: Service) -> None:
    """A comparison counts both photos, a form's body is longer than they are."""
    form = {"source": ("a.jpg", b"source"), "target": ("b.jpg", b"target")}
    with structlog.testing.capture_logs() as lines:
        await service.client.post("/v1/faces/compare", headers=service.admin, files=form)
    (line,) = lines

    assert [line[name] for name in FOUND] == [
        *(2, 12, 2 * 640 * 480, 2),
        *({"match": 1}, "provisional"),
    ]
    assert line["body_bytes"] > 12


async def test_what_is_not_about_photos(service: Service) -> None:
    """A request without photos says nothing of any."""
    with structlog.testing.capture_logs() as lines:
        await service.client.get(PEOPLE, headers=service.admin)

    assert {lines[0][name] for name in FOUND} == {None}
    assert (lines[0]["body_bytes"], lines[0]["answer_bytes"]) == (0, 31)


async def test_line_of_a_refusal(service: Service) -> None:
    """A problem is logged by its code; who was not let in and where to, is not."""
    with structlog.testing.capture_logs() as lines:
        await service.client.get("/v1/collections/someones-name")
        await service.client.get("/someones-name")

    assert [line["code"] for line in lines] == ["unauthenticated", "not_found"]
    assert lines[1]["route"] == "unmatched"
    assert "someones-name" not in json.dumps(lines)


async def test_nothing_secret_is_logged(service: Service) -> None:
    """Neither a password, a token, an image nor metadata shows in the log."""
    who = service.admin
    secrets = ["hunter2-hunter2", who["authorization"], "a-private-note", "photo-bytes"]
    with structlog.testing.capture_logs() as lines:
        form = {"username": "admin", "password": secrets[0]}
        await service.client.post("/v1/auth/token", data=form)
        body = {"id": "c", "name": "C", "metadata": {"note": secrets[2]}}
        await service.client.post("/v1/collections", headers=who, json=body)
        await service.client.post(IDENTIFY, headers=who | IMAGE, content=secrets[3].encode())
    text = json.dumps(lines)

    assert len(lines) == 3
    assert [secret for secret in secrets if secret in text] == []


async def test_bug(service: Service) -> None:
    """An unexpected exception is a bare 500, and the log finds the traceback by the id."""
    service.photographs.error = RuntimeError("what went wrong inside")
    with structlog.testing.capture_logs() as lines:
        answer = await service.client.get("/v1/models", headers=service.admin)
    bug, request = lines

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "inside" not in answer.text
    assert bug["request_id"] == request["request_id"] == answer.json()["request_id"]
    assert (bug["event"], bug["exc_info"]) == ("internal", True)
    assert (request["status"], request["code"]) == (500, "internal")


async def test_domain_error_is_no_bug(service: Service) -> None:
    """What the domain says leaves no traceback in the log."""
    service.photographs.shows[b"wall"] = NoFace("no")
    with structlog.testing.capture_logs() as lines:
        await service.client.post(IDENTIFY, headers=service.admin | IMAGE, content=b"wall")

    assert [line["event"] for line in lines] == ["request"]


async def test_caller_who_left(service: Service) -> None:
    """A request that was cancelled is logged as one whose caller left."""
    never = asyncio.Event()

    async def stuck(*_: Any, **__: Any) -> bool:
        begun.set()
        return await never.wait()

    begun = asyncio.Event()
    service.shelf.ping = stuck  # type: ignore[method-assign]
    with structlog.testing.capture_logs() as lines:
        task = asyncio.create_task(service.client.get("/v1/health/ready"))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert [line["status"] for line in lines] == [499]


async def test_bug_in_the_middle_of_an_answer(service: Service) -> None:
    """Once an answer has begun there is no other to give; the error goes on to the server."""

    async def breaks_off(scope: Any, receive: Any, send: Any) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    envelope = Envelope(breaks_off, service.services)
    with pytest.raises(RuntimeError):
        await envelope(scope, send, send)  # type: ignore[arg-type]

    assert [message["status"] for message in sent] == [200]


async def test_other_than_http_passes(service: Service) -> None:
    """What is no HTTP request passes through untouched."""
    seen: list[str] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        del receive, send
        seen.append(scope["type"])

    await Envelope(inner, service.services)({"type": "lifespan"}, None, None)  # type: ignore[arg-type]

    assert seen == ["lifespan"]


def test_no_application_without_a_key(service: Service) -> None:
    """Without a key nothing is built, rather than failing at the first request."""
    keyless = service.services.settings.model_copy(update={"jwt_secret": None})

    with pytest.raises(ValueError, match="jwt_secret"):
        replace(service.services, settings=keyless)


async def test_shutdown_gives_the_threads_back(service: Service) -> None:
    """When the server shuts down, the application closes what it started."""
    async with service.application.router.lifespan_context(service.application):
        assert await service.services.passwords.hash("a password")
    with pytest.raises(RuntimeError):
        await service.services.passwords.hash("a password")


async def test_the_span_of_no_route(service: Service, recorded: Recorded) -> None:
    """Where no route fits, its span names none."""
    await service.client.get("/someones-name")

    assert "http.route" not in told(recorded.one("GET"))


async def test_trace(service: Service) -> None:
    """The line of a request can be found by the trace it is part of."""
    traceparent = f"00-{'ab' * 16}-{'cd' * 8}-01"
    with structlog.testing.capture_logs() as lines:
        await service.client.get("/v1/health/live", headers={"traceparent": traceparent})
        await service.client.get("/v1/health/live", headers={"traceparent": "none"})

    assert [line["trace_id"] for line in lines] == ["ab" * 16, None]
