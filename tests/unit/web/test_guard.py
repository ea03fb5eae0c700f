"""The guard before a tiny application, without a socket."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any

import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from deployments.web import guard, refusals
from deployments.web.guard import Guard, middlewares
from deployments.web.refusals import Sparing

LIMIT = 1000

Message = dict[str, Any]


async def echo(request: Request) -> JSONResponse:
    """Answer with what arrived."""
    body = await request.body()
    return JSONResponse({"headers": dict(request.headers), "size": len(body)})


async def like_ray(request: Request) -> PlainTextResponse:
    """Answer in plain text, as Ray does when it refuses, with an id of its own appended."""
    status = int(request.path_params["status"])
    headers = {"X-Request-ID": "twice-over", "Retry-After": "7"}
    return PlainTextResponse("Traceback (most recent call last)", status, headers)


async def health_of_ray(request: Request) -> PlainTextResponse:
    """Answer as Ray's own health page does while it drains."""
    return PlainTextResponse("DRAINING", 503, {"seen": str("x-session-id" in request.headers)})


async def problem_of_its_own(request: Request) -> JSONResponse:
    """Answer as the application does."""
    del request
    return JSONResponse({"code": "mine"}, 404, media_type="application/problem+json")


INNER = Starlette(
    routes=[
        Route("/echo", echo, methods=["GET", "POST"]),
        Route("/ray/{status}", like_ray),
        Route("/-/healthz", health_of_ray),
        Route("/-/{page}", echo, methods=["GET", "POST"]),
        Route("/problem", problem_of_its_own),
    ]
)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of the guarded application."""
    guarded = Guard(INNER, max_body_bytes=LIMIT, body_timeout_seconds=5)
    transport = httpx.ASGITransport(guarded)
    async with httpx.AsyncClient(transport=transport, base_url="http://guarded") as client:
        yield client


async def exchange(
    receive: Callable[[], Any],
    headers: list[tuple[bytes, bytes]] | None = None,
    seconds: float = 5,
    sent: list[Message] | None = None,
    most: int = LIMIT,
) -> list[Message]:
    """Return what the guard sends for a body that arrives as `receive` says."""
    sent = [] if sent is None else sent

    async def send(message: Any) -> None:
        sent.append(dict(message))

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/echo",
        "query_string": b"",
        "headers": headers or [],
    }
    guarded = Guard(INNER, max_body_bytes=most, body_timeout_seconds=seconds)
    await guarded(scope, receive, send)
    return sent


def arriving(*chunks: bytes) -> Callable[[], Any]:
    """Return a receive that gives these chunks, and then says that the caller left."""
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages[-1]["more_body"] = False
    left = iter(messages)

    async def receive() -> Message:
        return next(left, {"type": "http.disconnect"})

    return receive


def answered(sent: list[Message]) -> tuple[int, Any]:
    """Return status and body of what was sent."""
    return sent[0]["status"], json.loads(b"".join(each.get("body", b"") for each in sent[1:]))


def told(lines: Iterable[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """Return of each line what became of which request."""
    return [tuple(map(line.get, ("event", "request_id", "status", "code"))) for line in lines]


async def test_announced_too_long() -> None:
    """A body announced as too long is refused without being read, and the connection closed."""
    sent: list[Message] = []

    async def receive() -> Message:
        assert len(sent) == 2, "the answer goes out before the body is looked at"
        return {"type": "http.request", "body": b"x" * 1001, "more_body": False}

    await exchange(receive, [(b"content-length", b"1001")], sent=sent)
    status, body = answered(sent)

    assert (status, body["code"], body["status"]) == (413, "body_too_large", 413)
    assert (b"connection", b"close") in sent[0]["headers"]


async def test_too_long_without_saying_so() -> None:
    """A body in chunks is counted while it arrives, and refused as soon as it is too long."""
    left = [b"x" * 400] * 10
    when_answered: list[int] = []

    async def receive() -> Message:
        if sent:
            when_answered.append(len(left))
        return {"type": "http.request", "body": left.pop(), "more_body": bool(left)}

    sent: list[Message] = []
    status, body = answered(await exchange(receive, sent=sent))

    assert (status, body["code"]) == (413, "body_too_large")
    assert (when_answered[0], left) == (7, [])


async def test_longest_body() -> None:
    """A body of exactly the limit goes through, in one piece."""
    status, body = answered(await exchange(arriving(b"x" * 400, b"", b"x" * 600)))

    assert (status, body["size"]) == (200, LIMIT)


async def test_slow_body(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that does not arrive in time is answered 408, and not waited for much longer."""
    monkeypatch.setattr(guard, "LINGER_SECONDS", 0.02)

    async def receive() -> Message:
        return await asyncio.Future()

    status, body = answered(await exchange(receive, seconds=0.02))

    assert (status, body["code"], body["retryable"]) == (408, "request_timeout", True)


async def test_caller_who_leaves() -> None:
    """Who leaves in the middle of a body is answered nothing, and has a line."""

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    with structlog.testing.capture_logs() as lines:
        sent = await exchange(receive, [(b"x-request-id", b"my-own-id")])

    assert sent == []
    assert told(lines) == [("left", "my-own-id", 499, None)]


async def test_disconnect_is_seen_behind_the_body() -> None:
    """After the body, the application hears of a caller who leaves."""
    heard: list[str] = []

    async def listens(scope: Any, receive: Any, send: Any) -> None:
        del scope, send
        heard.append((await receive())["type"])
        heard.append((await receive())["type"])

    async def send(message: Any) -> None:
        del message

    guarded = Guard(listens, max_body_bytes=LIMIT, body_timeout_seconds=5)
    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    await guarded(scope, arriving(b"body"), send)

    assert heard == ["http.request", "http.disconnect"]


@pytest.mark.parametrize(
    "name",
    [
        "x-request-disconnect-disabled",
        "serve_multiplexed_model_id",
        "serve-multiplexed-model-id",
        "x-session-id",
        "x-facegraph-timeout-seconds",
        "x-request-timeout-seconds",
    ],
)
async def test_headers_that_do_not_pass(client: httpx.AsyncClient, name: str) -> None:
    """Headers that Ray would act on do not reach it under their own name."""
    answer = await client.get("/echo", headers={name: "?1"})

    assert name not in answer.json()["headers"]


async def test_timeout_is_renamed(client: httpx.AsyncClient) -> None:
    """The caller's limit goes on under a name that only the application reads."""
    answer = await client.get("/echo", headers={"x-request-timeout-seconds": "-1"})

    assert answer.json()["headers"]["x-facegraph-timeout-seconds"] == "-1"


async def test_other_headers_pass(client: httpx.AsyncClient) -> None:
    """Every other header goes on as it is."""
    answer = await client.get("/echo", headers={"traceparent": "00-ab-cd-01"})

    assert answer.json()["headers"]["traceparent"] == "00-ab-cd-01"


@pytest.mark.parametrize("path", ["/echo", "/ray/429", "/problem"])
async def test_one_id_an_answer(client: httpx.AsyncClient, path: str) -> None:
    """Caller, application and answer have the same one id, whoever adds another on the way."""
    answer = await client.get(path, headers={"x-request-id": "my-own-id"})

    assert answer.headers.get_list("x-request-id") == ["my-own-id"]


async def test_malformed_id_is_replaced(client: httpx.AsyncClient) -> None:
    """An id that is not well-formed does not get as far as a log."""
    answer = await client.get("/echo", headers={"x-request-id": "<script>"})

    assert answer.json()["headers"]["x-request-id"] == answer.headers["x-request-id"]
    assert answer.headers["x-request-id"] != "<script>"


@pytest.mark.parametrize(
    ("status", "becomes", "code"),
    [
        (404, 404, "not_found"),
        (408, 504, "deadline_exceeded"),
        (429, 429, "overloaded"),
        (500, 500, "internal"),
        (503, 503, "unavailable"),
    ],
)
async def test_answers_of_ray(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, status: int, becomes: int, code: str
) -> None:
    """What Ray answers in plain text reaches the caller as a problem, with nothing of its text.

    It has a line under the id that the caller is given.
    """
    monkeypatch.setattr(refusals, "_overloads", Sparing())
    with structlog.testing.capture_logs() as lines:
        answer = await client.get(f"/ray/{status}")
    body = answer.json()

    assert (answer.status_code, body["code"]) == (becomes, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["request_id"] == answer.headers["x-request-id"]
    assert told(lines) == [("refused", body["request_id"], becomes, code)]
    assert "Traceback" not in answer.text
    assert answer.headers["server-timing"].startswith("total;dur=")
    assert answer.headers.get("retry-after") == ("7" if becomes in {429, 503} else None)


async def test_caller_who_left_ray(client: httpx.AsyncClient) -> None:
    """Who left before the application had their request has a line as well."""
    with structlog.testing.capture_logs() as lines:
        await client.get("/ray/499", headers={"x-request-id": "my-own-id"})

    assert told(lines) == [("left", "my-own-id", 499, None)]


async def test_problems_pass(client: httpx.AsyncClient) -> None:
    """A problem of the application stays as it is."""
    answer = await client.get("/problem")

    assert (answer.status_code, answer.json()) == (404, {"code": "mine"})


async def test_health_pages_of_ray(client: httpx.AsyncClient) -> None:
    """Ray's own pages are for its proxies and stay in plain text."""
    answer = await client.get("/-/healthz", headers={"x-session-id": "a"})

    assert (answer.status_code, answer.text, answer.headers["seen"]) == (503, "DRAINING", "True")


@pytest.mark.parametrize(("method", "path"), [("POST", "/-/routes"), ("GET", "/-/other")])
async def test_no_way_around(client: httpx.AsyncClient, method: str, path: str) -> None:
    """Beside the two pages that Ray's proxies read, its paths are guarded like any other."""
    headers = {"x-session-id": "a", "x-request-id": "<script>"}
    answer = await client.request(method, path, headers=headers)
    too_long = await client.request(method, path, content=b"x" * (LIMIT + 1))

    assert "x-session-id" not in answer.json()["headers"]
    assert answer.headers["x-request-id"] != "<script>"
    assert too_long.status_code == 413


async def test_other_than_http_passes() -> None:
    """What is no HTTP request passes through untouched."""
    seen: list[str] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        del receive, send
        seen.append(scope["type"])

    guarded = Guard(inner, max_body_bytes=LIMIT, body_timeout_seconds=5)
    await guarded({"type": "websocket"}, None, None)  # type: ignore[arg-type]

    assert seen == ["websocket"]


def test_what_ray_loads() -> None:
    """The function that Ray calls takes nothing and returns the guard with its limits."""
    (middleware,) = middlewares()

    made: object = middleware.cls

    assert made is Guard
    limits = {"max_body_bytes", "max_bodies_bytes", "body_timeout_seconds"}
    assert set(middleware.kwargs) == limits


@pytest.mark.parametrize("authorization", [[], [(b"authorization", b"Basic YTpi")]])
@pytest.mark.parametrize(
    ("announced", "code"),
    [([(b"content-length", b"65537")], "unauthenticated"), ([], "body_too_large")],
)
async def test_long_body_of_a_stranger(
    announced: list[tuple[bytes, bytes]], code: str, authorization: list[tuple[bytes, bytes]]
) -> None:
    """Without a token a long body is refused as soon as it is known to be one."""
    left = [b"x" * 40_000] * 10
    when_answered: list[int] = []

    async def receive() -> Message:
        if sent:
            when_answered.append(len(left))
        return {"type": "http.request", "body": left.pop(), "more_body": bool(left)}

    sent: list[Message] = []
    await exchange(receive, announced + authorization, sent=sent, most=1_000_000)

    assert answered(sent)[1]["code"] == code
    assert when_answered[0] == (10 if announced else 8)


@pytest.mark.parametrize(
    ("size", "headers"),
    [(65_536, []), (65_537, [(b"authorization", b"bearer a.b.c")])],
)
async def test_bodies_that_are_read(size: int, headers: list[tuple[bytes, bytes]]) -> None:
    """A short body needs no token here, and a long one only shows that it brings one."""
    status, body = answered(await exchange(arriving(b"x" * size), headers, most=1_000_000))

    assert (status, body["size"]) == (200, size)
