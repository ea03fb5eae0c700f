"""Guard and application together: who passes is judged before a byte of the body is read."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import pytest
import structlog
from starlette.responses import PlainTextResponse

from deployments.web.door import Door
from deployments.web.guard import Guard
from tests.unit.web.conftest import SESSION, Serve, Service

Message = dict[str, Any]
LONG = [(b"content-length", b"1000000"), (b"content-type", b"image/jpeg")]
DETECT = ("POST", "/v1/faces/detect")


def guarded(service: Service, most: int = 2_000_000, together: int = 2_000_000) -> Guard:
    """Return the application as Ray Serve would wrap it."""
    guard = Guard(service.application, most, body_timeout_seconds=5, max_bodies_bytes=together)
    guard.door = Door(service.application, service.services)
    return guard


class Exchange:
    """One request whose body arrives chunk by chunk, and what came of it."""

    def __init__(self, *chunks: bytes) -> None:
        self.left = list(chunks)
        self.read_before_answer = 0
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        """Give the next chunk."""
        self.read_before_answer += not self.sent
        body = self.left.pop(0) if self.left else b""
        return {"type": "http.request", "body": body, "more_body": bool(self.left)}

    async def send(self, message: Any) -> None:
        """Keep what is answered."""
        self.sent.append(dict(message))

    @property
    def status(self) -> int:
        """The status answered."""
        return int(self.sent[0]["status"])

    @property
    def code(self) -> str:
        """The code of the problem answered."""
        return str(json.loads(b"".join(each.get("body", b"") for each in self.sent[1:]))["code"])

    @property
    def closes(self) -> bool:
        """Whether the connection ends with the answer."""
        return (b"connection", b"close") in self.sent[0]["headers"]


async def exchange(
    guard: Guard,
    route: tuple[str, str],
    headers: list[tuple[bytes, bytes]],
    *chunks: bytes,
) -> Exchange:
    """Send one request through the guard."""
    return await send_through(guard, Exchange(*chunks), headers, route)


async def send_through(
    guard: Guard,
    made: Exchange,
    headers: list[tuple[bytes, bytes]],
    route: tuple[str, str] = DETECT,
) -> Exchange:
    """Have the guard serve an exchange."""
    method, path = route
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": headers,
    }
    await guard(scope, made.receive, made.send)
    return made


def bearing(who: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """Return the header as ASGI has it."""
    return [(b"authorization", who["authorization"].encode())]


@pytest.mark.parametrize(
    ("role", "route", "status", "code"),
    [
        (None, DETECT, 401, "unauthenticated"),
        ("auditor", DETECT, 403, "forbidden"),
        ("verifier", ("POST", "/v1/collections/hidden/identify"), 404, "not_found"),
        ("verifier", ("POST", "/v1/nowhere"), 404, "not_found"),
        ("verifier", ("PUT", "/v1/faces/detect"), 405, "method_not_allowed"),
        ("verifier", ("GET", "/v1/users/me"), 413, "body_too_large"),
        (None, ("POST", "/v1/auth/token"), 413, "body_too_large"),
    ],
)
async def test_refused_unread(
    service: Service, role: Any, route: tuple[str, str], status: int, code: str
) -> None:
    """Whoever may not pass, or sends what the route never takes, is refused with nothing read."""
    who = bearing(service.token(role, collections=("mine",))) if role else []
    made = await exchange(guarded(service), route, who + LONG, b"x" * 1000, b"x" * 1000)

    assert (made.status, made.code) == (status, code)
    assert made.read_before_answer == 0
    assert made.closes


async def test_methods_of_a_path_that_two_routes_fit(service: Service) -> None:
    """The methods told are those of the route that the path was meant for."""
    made = await exchange(guarded(service), ("PUT", "/v1/users/me"), [])

    assert (b"allow", b"GET") in made.sent[0]["headers"]


async def test_forged_token_is_refused_unread(service: Service) -> None:
    """A token is checked, not only looked for: its signature counts before the body does."""
    who = service.token("verifier")["authorization"][:-2]
    made = await exchange(guarded(service), DETECT, bearing({"authorization": who}) + LONG, b"x")

    assert (made.status, made.read_before_answer) == (401, 0)


@pytest.mark.parametrize("chunks", [(), (b"x" * 1000,), (b"x" * 500, b"x" * 500)])
async def test_refused_with_a_short_body(service: Service, chunks: tuple[bytes, ...]) -> None:
    """A short body is let pass before the refusal, so that the connection serves the next one."""
    size = str(sum(map(len, chunks))).encode()
    made = await exchange(guarded(service), DETECT, [(b"content-length", size)], *chunks)

    assert (made.status, made.closes, made.left) == (401, False, [])


async def test_refused_with_a_body_of_unknown_length(service: Service) -> None:
    """A body in chunks may be of any length, so it is not waited for."""
    made = await exchange(guarded(service), DETECT, [(b"transfer-encoding", b"chunked")], b"x")

    assert (made.status, made.closes, made.read_before_answer) == (401, True, 0)


async def test_passes(service: Service) -> None:
    """Who may pass is asked for once, and the body arrives whole."""
    headers = [*bearing(service.token("verifier")), (b"content-type", b"image/jpeg")]
    made = await exchange(guarded(service), DETECT, headers, b"pho", b"to")

    assert made.status == 200
    assert [photo.data for photo in service.photographs.photos] == [b"photo"]


async def test_caller_is_known_without_asking_again(service: Service) -> None:
    """What the door found is what the route works with."""
    account = service.register.add("ada", "verifier")
    token = service.services.tokens.issue(account, SESSION)
    asked: list[str] = []
    principal = service.services.callers.principal

    async def counted(shown: str, *, stateless: bool = False) -> Any:
        asked.append(shown)
        return await principal(shown, stateless=stateless)

    service.services.callers.principal = counted  # type: ignore[method-assign]
    who = bearing({"authorization": f"Bearer {token}"})
    made = await exchange(guarded(service), ("GET", "/v1/users/me"), who)

    assert (made.status, asked) == (200, [token])


async def test_bodies_together(service: Service) -> None:
    """One replica holds so many bytes of bodies and no more; then it is at capacity."""
    guard = guarded(service, together=3000)
    who = [*bearing(service.token("verifier")), (b"content-type", b"image/jpeg")]
    over = await exchange(guard, DETECT, who, b"x" * 1000, b"x" * 1000)
    after = await exchange(guard, DETECT, who, b"x" * 1000)

    assert (over.status, over.code) == (429, "overloaded")
    assert after.status == 200


async def test_no_caller_holds_all_the_room(service: Service) -> None:
    """While the bodies of one caller take their half of the room, another's are read."""
    guard = guarded(service, together=3000)
    photo = (b"content-type", b"image/jpeg")
    first, second = (bearing(service.token(role)) for role in ("verifier", "enroller"))
    reading, done = asyncio.Event(), asyncio.Event()

    class Slow(Exchange):
        async def receive(self) -> Message:
            if len(self.left) == 1:
                reading.set()
                await done.wait()
            return await super().receive()

    slow = asyncio.create_task(send_through(guard, Slow(b"x" * 1400, b"y"), [*first, photo]))
    await reading.wait()
    same = await exchange(guard, DETECT, [*first, photo], b"x" * 1400)
    other = await exchange(guard, DETECT, [*second, photo], b"x" * 1400)
    done.set()

    assert (same.status, other.status, (await slow).status) == (429, 200, 200)


async def test_a_bug_at_the_door(serve: Serve) -> None:
    """What nobody expected is answered as a bug, with its line and nothing of its message."""
    service = serve()

    async def broken(shown: str, *, stateless: bool = False) -> Any:
        del stateless
        raise ValueError(shown)

    service.services.callers.principal = broken  # type: ignore[method-assign]
    with structlog.testing.capture_logs() as lines:
        made = await exchange(guarded(service), DETECT, bearing({"authorization": "Bearer secret"}))

    assert (made.status, made.code) == (500, "internal")
    assert [line["log_level"] for line in lines] == ["error"]


async def test_line_of_a_refusal(service: Service) -> None:
    """A refusal leaves one line: the route by its template, the code, who it was, and no path."""
    with structlog.testing.capture_logs() as lines:
        await exchange(guarded(service), DETECT, bearing(service.token("auditor")))
        await exchange(guarded(service), ("GET", "/v1/secret-name"), [])

    told = [
        {name: line[name] for name in ("event", "route", "status", "code", "principal")}
        for line in lines
    ]
    assert told == [
        {
            "event": "refused",
            "route": "/v1/faces/detect",
            "status": 403,
            "code": "forbidden",
            "principal": "auditor",
        },
        {
            "event": "refused",
            "route": None,
            "status": 404,
            "code": "not_found",
            "principal": None,
        },
    ]


@pytest.mark.parametrize(("status", "becomes"), [(408, 504), (499, 499)])
async def test_one_line_where_ray_ends_a_request(
    service: Service, status: int, becomes: int
) -> None:
    """Ray answers for the application that it cancels, which then writes the one line."""
    begun = asyncio.Event()

    async def stuck(*_: Any, **__: Any) -> bool:
        begun.set()
        return await asyncio.Event().wait()

    async def ray(scope: Any, receive: Any, send: Any) -> None:
        application = asyncio.create_task(service.application(scope, receive, send))
        await begun.wait()
        application.cancel()
        await PlainTextResponse("gone", status)(scope, receive, send)
        with suppress(asyncio.CancelledError):
            await application

    service.shelf.ping = stuck  # type: ignore[method-assign]
    guard = Guard(ray, 2_000_000, body_timeout_seconds=5)
    guard.door = Door(service.application, service.services)
    with structlog.testing.capture_logs() as lines:
        await exchange(guard, ("GET", "/v1/health/ready"), [])

    assert [(line["event"], line["status"]) for line in lines] == [("request", becomes)]
