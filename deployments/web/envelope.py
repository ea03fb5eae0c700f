"""What every answer wears: the request id, the stage times, what protects it; a line in the log.

The outermost layer of the application itself, in plain ASGI: it costs microseconds, where a
middleware that speaks in requests and responses would cost a task and two queues a request.
"""

from collections.abc import Iterable

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.web.admission import leave
from deployments.web.call import KEY, Call
from deployments.web.headers import REQUEST_ID, request_id
from deployments.web.metering import UNMATCHED, Meter
from deployments.web.problem import CLIENT_LEFT, problem, row_of
from deployments.web.protection import POLICY, PROTECTION, Header
from deployments.web.quotas import rate_limit_fields
from deployments.web.services import Services
from deployments.web.serving import ended, serving, trace_id

PAGES_PROTECTION = tuple(each for each in PROTECTION if each[0] != POLICY)
LONGEST_ID = 64

log = structlog.get_logger("facegraph.web")


class Envelope:
    """Makes the call of each request, and the answer to what nobody expected."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        call = Call(self._services, request_id(scope["headers"]))
        scope[KEY] = call
        meter = Meter(scope)
        with serving(scope, call.request_id):
            try:
                await self._answer(scope, _counted(call, receive), _stamped(call, send))
            finally:
                leave(scope)
                route = _route(scope)
                meter.end(route, call)
                answer = ended(scope, route, call.status or CLIENT_LEFT, call.code)
                _write_line(call, scope, route, answer)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        call: Call = scope[KEY]
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            call.code = row_of(error).code
            log.exception("internal", request_id=call.request_id)
            if call.status is not None:
                raise
            await problem(error, call.request_id)(scope, receive, send)


def _stamped(call: Call, send: Send) -> Send:
    async def stamped(message: Message) -> None:
        if message["type"] == "http.response.start":
            call.status = message["status"]
            message["headers"] = [
                *message.get("headers", ()),
                (REQUEST_ID, call.request_id.encode()),
                (b"server-timing", call.stages.header().encode()),
                *_protection(message.get("headers", ())),
                *_rate_limit(call),
            ]
        call.answer_bytes += len(message.get("body", b""))
        await send(message)

    return stamped


def _counted(call: Call, receive: Receive) -> Receive:
    async def counted() -> Message:
        message = await receive()
        call.body_bytes += len(message.get("body", b""))
        return message

    return counted


def _protection(headers: Iterable[Header]) -> tuple[Header, ...]:
    """Return what protects every answer, without the policy where a page brings its own."""
    brings_own = any(name == POLICY for name, _ in headers)
    return PAGES_PROTECTION if brings_own else PROTECTION


def _rate_limit(call: Call) -> list[Header]:
    """Return how the caller's limits stand; a refusal by one of them has told already."""
    fields = {} if call.code == "rate_limited" else rate_limit_fields(call.quotas)
    return [(name.lower().encode(), value.encode()) for name, value in fields.items()]


def _route(scope: Scope) -> str:
    """Return the template of the request: a path holds names, and a query may hold anything."""
    found = scope.get("route")
    return found.path_format if found else UNMATCHED


def _write_line(call: Call, scope: Scope, route: str, answer: tuple[int, str | None]) -> None:
    stages = call.stages.milliseconds()
    status, code = answer
    log.info(
        "request",
        request_id=call.request_id,
        trace_id=trace_id(scope),
        method=scope["method"],
        route=route,
        status=status,
        code=code,
        principal=call.caller.username if call.caller else None,
        address=call.address,
        collection=_collection(scope) if call.caller else None,
        liveness=call.presentation,
        source=call.source,
        **call.findings.told(),
        body_bytes=call.body_bytes,
        answer_bytes=call.answer_bytes,
        duration_ms=stages.pop("total"),
        stages=stages,
    )


def _collection(scope: Scope) -> str | None:
    """Return what the path names as a collection; no id of one is longer than what is kept."""
    named: str | None = scope.get("path_params", {}).get("collection")
    return named and named[:LONGEST_ID]
