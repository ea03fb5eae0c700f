"""The outermost layer, before Ray Serve reads a header: token, sizes, slow bodies, Ray's own doors.

Ray Serve loads it by name, into every ingress replica and every proxy:
`RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH=deployments.web.guard:middlewares`. It needs nothing
but Starlette and the settings, and works before any other ASGI application just as well.

Ray Serve takes in a body whether anybody reads it or not, so it is counted and held here, and
goes on only when it is complete. An error raised while Ray is reading would pass for a caller who
left. Before a body is read the application is asked whether the caller may pass at all.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config.settings import settings
from deployments import tracing
from deployments.deadline import LATE
from deployments.errors import (
    BodyTooLarge,
    DeadlineExceeded,
    NotFound,
    Overloaded,
    RequestTooSlow,
    RetryLater,
    Unauthenticated,
    Unavailable,
)
from deployments.web.admission import MAX_FIELDS_BYTES, admission_of, leave
from deployments.web.bodies import Bodies, ClientLeft, Room, check_size
from deployments.web.cross_origin import CrossOrigin
from deployments.web.headers import GUARDED_TIMEOUT, REQUEST_ID, TIMEOUT, request_id
from deployments.web.problem import CLIENT_LEFT, MEDIA_TYPE, problem
from deployments.web.protection import PROTECTION
from deployments.web.refusals import caller_of, write_left, write_line
from deployments.web.serving import left, refused, serving
from deployments.web.timing import Stages

Headers = list[tuple[bytes, bytes]]
Door = Callable[[Scope], Awaitable[int]]

# With these a caller could switch off Ray's watch for disconnects, or steer its routing.
_RAYS_OWN = {b"x_request_disconnect_disabled", b"serve_multiplexed_model_id", b"x_session_id"}
# Ray's own health and route pages are for its proxies, which read them as they are.
_RAYS_PAGES = {("GET", "/-/healthz"), ("GET", "/-/routes")}
_FIRST_ERROR = 400
_BODY = "http.response.body"

LINGER_SECONDS = 2.0
# Whose photo is not here by then is further away, and told before it is. Sooner would cut off who
# is near: at capacity a photo takes its time, and a new connection costs more than it.
PASSING_SECONDS = 0.25
# To let the photo of a caller pass who will come again costs less than another connection.
SHORT_BYTES = 2**20

log = structlog.get_logger("facegraph.web")


def middlewares() -> list[Middleware]:
    """Return the guard with the limits of the environment, in the form Ray Serve asks for.

    Ray puts each around the one before it: pages of other origins are let in outside the guard.
    """
    limits = settings()
    guard = Middleware(
        Guard,
        max_body_bytes=limits.max_body_bytes,
        max_bodies_bytes=limits.max_bodies_bytes,
        body_timeout_seconds=limits.body_timeout_seconds,
    )
    origins = limits.cors_origins
    return [guard, Middleware(CrossOrigin, origins=origins)] if origins else [guard]


class Guard:
    """Lets complete requests of a bounded size through, with headers that are safe to act on.

    `door` is how the application of this process tells who may pass and how long a body may be.
    It is hung there by whoever builds the application, for Ray Serve makes the guard by itself. A
    proxy has no application: there whoever shows any token may send a body.
    """

    door: Door | None = None

    def __init__(
        self,
        app: ASGIApp,
        max_body_bytes: int,
        body_timeout_seconds: float,
        max_bodies_bytes: int = 512 * 2**20,
    ) -> None:
        self._app = app
        self._max_bytes = max_body_bytes
        self._bodies = Bodies(max_bodies_bytes, body_timeout_seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http" or (scope["method"], scope["path"]) in _RAYS_PAGES:
            await self._app(scope, receive, send)
            return
        identifier = request_id(scope["headers"])
        scope = {**scope, "headers": _safe(scope["headers"], identifier)}
        answer = _Answer(identifier, scope, receive, send)
        with serving(scope, identifier), self._bodies.room() as room:
            try:
                await self._serve(scope, receive, answer, room)
            finally:
                leave(scope)

    async def _serve(self, scope: Scope, receive: Receive, answer: "_Answer", room: Room) -> None:
        try:
            body = await self._body(scope, receive, room)
        except ClientLeft:
            answer.nobody()
            return
        except Exception as error:  # noqa: BLE001  nobody further out would answer it
            leave(scope)
            await answer.refuse(error)
            return
        await self._app(scope, _replayed(body, receive), answer.send)

    async def _body(self, scope: Scope, receive: Receive, room: Room) -> bytes:
        """Return the whole body; raises what the door and `Bodies.read` raise."""
        most_bytes = await self._most_bytes(scope)
        check_size(_announced(scope), most_bytes)
        room.caller = caller_of(scope) or ""
        reading = self._bodies.read(receive, most_bytes, room)
        admission = admission_of(scope)
        with tracing.span("body"):
            return await (admission.whole(reading) if admission else reading)

    async def _most_bytes(self, scope: Scope) -> int:
        check_size(_announced(scope), self._max_bytes)
        if self.door is not None:
            with tracing.span("admission"):
                return min(self._max_bytes, await self.door(scope))
        if _shows_a_token(scope):
            return self._max_bytes
        if _announced(scope) > MAX_FIELDS_BYTES:
            raise Unauthenticated("An access token is needed: Authorization: Bearer …")
        return min(self._max_bytes, MAX_FIELDS_BYTES)


def _announced(scope: Scope) -> int:
    """Return how long the body says it is; 0 where it does not say."""
    announced = dict(scope["headers"]).get(b"content-length", b"0")
    # No length worth reading has more digits, and Python reads no more than some thousand.
    return int(announced[:18]) if announced.isdigit() else 0


def _shows_a_token(scope: Scope) -> bool:
    shown: bytes = dict(scope["headers"]).get(b"authorization", b"")
    return shown.lower().startswith(b"bearer ")


def _safe(headers: Headers, identifier: str) -> Headers:
    """Return the headers that go on: without Ray's own, the id valid, the timeout renamed."""
    dropped = {REQUEST_ID, GUARDED_TIMEOUT}
    kept = [
        (GUARDED_TIMEOUT if name == TIMEOUT else name, value)
        for name, value in headers
        if name not in dropped and name.replace(b"-", b"_") not in _RAYS_OWN
    ]
    return [*kept, (REQUEST_ID, identifier.encode())]


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return a receive that gives the body at once, and then waits for the caller to leave."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed


class _Answer:
    """One answer on its way out: one request id, and nothing of Ray's that is not a problem."""

    def __init__(self, identifier: str, scope: Scope, receive: Receive, send: Send) -> None:
        self._identifier = identifier
        self._scope = scope
        self._receive = receive
        self._send = send
        self._stages = Stages()
        self._replaced = False

    async def refuse(self, error: Exception) -> None:
        """Answer for the application, and write the line that it would have written.

        A short body is let pass before, if it comes at once, and the connection stays. With any
        other it ends, but only once the caller could read the answer: closed while a body arrives,
        a connection is reset, and the answer lost.
        """
        write_line(error, self._identifier, self._scope)
        response = self._problem(error)
        if _is_short(error, self._scope) and await self._body_passes(PASSING_SECONDS):
            await response(self._scope, self._receive, self._pass)
            return
        response.headers["Connection"] = "close"
        start = {"type": "http.response.start", "status": response.status_code}
        await self._pass({**start, "headers": response.raw_headers})
        await self._send({"type": _BODY, "body": response.body, "more_body": True})
        await self._body_passes(LINGER_SECONDS)
        await self._send({"type": _BODY, "body": b"", "more_body": False})

    def nobody(self) -> None:
        """Say that the caller left, and write the line that the application would have written."""
        write_left(self._identifier, self._scope)
        left(self._scope)

    def _problem(self, error: Exception) -> Response:
        refused(self._scope, error)
        response = problem(error, self._identifier)
        response.headers["Server-Timing"] = self._stages.header()
        response.raw_headers += PROTECTION
        return response

    async def _body_passes(self, seconds: float) -> bool:
        """Let the body go by for so long, and tell whether it was all of it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while (await self._receive()).get("more_body", False):
                    pass
                return True
        return False

    async def send(self, message: Message) -> None:
        """Pass the application's answer on, or what stands in the place of Ray's."""
        if self._replaced:
            return
        if not _is_rays_error(message):
            await self._pass(message)
            return
        self._replaced = True
        if message["status"] == CLIENT_LEFT:
            self.nobody()
            response = Response(status_code=CLIENT_LEFT)
        else:
            error = _rays_error(message)
            write_line(error, self._identifier, self._scope)
            response = self._problem(error)
        await response(self._scope, self._receive, self._pass)

    async def _pass(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message.get("headers", ())
            kept = [(name, value) for name, value in headers if name.lower() != REQUEST_ID]
            message = {**message, "headers": [*kept, (REQUEST_ID, self._identifier.encode())]}
        await self._send(message)


def _is_short(error: Exception, scope: Scope) -> bool:
    """Tell whether the body is short by what it says, and was not found out to be otherwise."""
    if isinstance(error, BodyTooLarge | RequestTooSlow):
        return False
    chunked = any(name == b"transfer-encoding" for name, _ in scope["headers"])
    comes_again = isinstance(error, RetryLater) and caller_of(scope)
    most_bytes = SHORT_BYTES if comes_again else MAX_FIELDS_BYTES
    return not chunked and _announced(scope) <= most_bytes


def _is_rays_error(message: Message) -> bool:
    """Tell an error in plain text, which only Ray sends, from a problem of the application."""
    if message["type"] != "http.response.start" or message["status"] < _FIRST_ERROR:
        return False
    return _header(message, b"content-type") != MEDIA_TYPE.encode()


def _rays_error(message: Message) -> Exception:
    """Return what one of Ray's answers means in the words of the service."""
    seconds = float(_header(message, b"retry-after") or 1)
    match message["status"]:
        case 404:
            return NotFound("There is no such route.")
        case 408:
            return DeadlineExceeded(LATE)
        case 429:
            return Overloaded("The service is at capacity.", seconds)
        case 503:
            return Unavailable("The service is starting or stopping.", seconds)
    return RuntimeError("an error outside the application")


def _header(message: Message, wanted: bytes) -> bytes:
    return next((value for name, value in message["headers"] if name.lower() == wanted), b"")
