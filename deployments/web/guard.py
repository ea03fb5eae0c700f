"""The outermost layer, before Ray Serve reads a header: sizes, slow bodies, and Ray's own doors.

Ray Serve loads it by name, into every ingress replica and every proxy:
`RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH=deployments.web.guard:middlewares`. It needs nothing
but Starlette and the settings, and works before any other ASGI application just as well.

Ray Serve takes in a body whether anybody reads it or not, so it is counted and held here, and
goes on only when it is complete. An error raised while Ray is reading would pass for a caller who
left.
"""

import asyncio
from contextlib import suppress

from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config.settings import settings
from deployments.errors import (
    BodyTooLarge,
    DeadlineExceeded,
    FacegraphError,
    NotFound,
    Overloaded,
    RequestTooSlow,
    Unauthenticated,
    Unavailable,
)
from deployments.web.headers import GUARDED_TIMEOUT, REQUEST_ID, TIMEOUT, request_id
from deployments.web.problem import MEDIA_TYPE, problem
from deployments.web.timing import Stages

Headers = list[tuple[bytes, bytes]]

# With these a caller could switch off Ray's watch for disconnects, or steer its routing.
_RAYS_OWN = {b"x_request_disconnect_disabled", b"serve_multiplexed_model_id", b"x_session_id"}
# Ray's own health and route pages are for its proxies, which read them as they are.
_RAYS_PAGES = {("GET", "/-/healthz"), ("GET", "/-/routes")}
_FIRST_ERROR = 400
_BODY = "http.response.body"

LINGER_SECONDS = 2.0
# A log-in is far smaller; whoever shows no token at all has nothing longer kept for them.
MAX_STRANGERS_BYTES = 64 * 1024


def middlewares() -> list[Middleware]:
    """Return the guard with the limits of the environment, in the form Ray Serve asks for."""
    limits = settings()
    return [
        Middleware(
            Guard,
            max_body_bytes=limits.max_body_bytes,
            body_timeout_seconds=limits.body_timeout_seconds,
        )
    ]


class ClientLeft(Exception):
    """The body will never be complete, and nobody waits for an answer."""


class Guard:
    """Lets complete requests of a bounded size through, with headers that are safe to act on."""

    def __init__(self, app: ASGIApp, max_body_bytes: int, body_timeout_seconds: float) -> None:
        self._app = app
        self._max_bytes = max_body_bytes
        self._timeout = body_timeout_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http" or (scope["method"], scope["path"]) in _RAYS_PAGES:
            await self._app(scope, receive, send)
            return
        identifier = request_id(scope["headers"])
        scope = {**scope, "headers": _safe(scope["headers"], identifier)}
        answer = _Answer(identifier, scope, receive, send)
        try:
            body = await self._body(scope, receive)
        except ClientLeft:
            return
        except FacegraphError as error:
            await answer.refuse(error)
            return
        await self._app(scope, _replayed(body, receive), answer.send)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """Return the whole body.

        Raises Unauthenticated, BodyTooLarge, RequestTooSlow and ClientLeft.
        """
        headers = dict(scope["headers"])
        stranger = not headers.get(b"authorization", b"").lower().startswith(b"bearer ")
        announced = headers.get(b"content-length", b"0")
        # No length worth reading has more digits, and Python reads no more than some thousand.
        self._check(int(announced[:18]) if announced.isdigit() else 0, stranger)
        try:
            async with asyncio.timeout(self._timeout):
                return await self._read(receive, stranger)
        except TimeoutError as error:
            detail = f"The body has to arrive within {self._timeout:g} seconds."
            raise RequestTooSlow(detail) from error

    async def _read(self, receive: Receive, stranger: bool) -> bytes:
        chunks: list[bytes] = []
        size = 0
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientLeft
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            self._check(size, stranger)
            more = message.get("more_body", False)
        # A single chunk is joined without a copy, unless an empty one is with it.
        return b"".join(filter(None, chunks))

    def _check(self, size: int, stranger: bool) -> None:
        if size > self._max_bytes:
            raise BodyTooLarge(f"A request has at most {self._max_bytes} bytes.")
        if stranger and size > MAX_STRANGERS_BYTES:
            raise Unauthenticated("An access token is needed: Authorization: Bearer …")


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
        """Answer for the application, and end the connection once the caller could read it.

        Closed at once, a connection with a body still arriving is reset, and the answer lost.
        """
        response = self._problem(error)
        response.headers["Connection"] = "close"
        start = {"type": "http.response.start", "status": response.status_code}
        await self._pass({**start, "headers": response.raw_headers})
        await self._send({"type": _BODY, "body": response.body, "more_body": True})
        await self._let_body_pass()
        await self._send({"type": _BODY, "body": b"", "more_body": False})

    def _problem(self, error: Exception) -> Response:
        response = problem(error, self._identifier)
        response.headers["Server-Timing"] = self._stages.header()
        return response

    async def _let_body_pass(self) -> None:
        more = True
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while more:
                    more = (await self._receive()).get("more_body", False)

    async def send(self, message: Message) -> None:
        """Pass the application's answer on, or what stands in the place of Ray's."""
        if self._replaced:
            return
        if not _is_rays_error(message):
            await self._pass(message)
            return
        self._replaced = True
        response = self._problem(_rays_error(message))
        await response(self._scope, self._receive, self._pass)

    async def _pass(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message.get("headers", ())
            kept = [(name, value) for name, value in headers if name.lower() != REQUEST_ID]
            message = {**message, "headers": [*kept, (REQUEST_ID, self._identifier.encode())]}
        await self._send(message)


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
            return DeadlineExceeded("The deadline passed before the answer was ready.")
        case 429:
            return Overloaded("The service is at capacity.", seconds)
        case 503:
            return Unavailable("The service is starting or stopping.", seconds)
    return RuntimeError("an error outside the application")


def _header(message: Message, wanted: bytes) -> bytes:
    return next((value for name, value in message["headers"] if name.lower() == wanted), b"")
