"""What every answer wears: the request id, the stage times, one line in the log.

The outermost layer of the application itself, in plain ASGI: it costs microseconds, where a
middleware that speaks in requests and responses would cost a task and two queues a request.
"""

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.web.call import KEY, Call
from deployments.web.headers import REQUEST_ID, request_id, trace_id
from deployments.web.problem import problem, row_of
from deployments.web.services import Services

CLIENT_LEFT = 499
UNMATCHED = "unmatched"
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
        try:
            await self._answer(scope, receive, _stamped(call, send))
        finally:
            _write_line(call, scope)

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
                (b"cache-control", b"no-store"),
                (b"x-content-type-options", b"nosniff"),
            ]
        await send(message)

    return stamped


def _write_line(call: Call, scope: Scope) -> None:
    """Log the request by its template: a path holds names, and a query may hold anything."""
    route = scope.get("route")
    stages = call.stages.milliseconds()
    log.info(
        "request",
        request_id=call.request_id,
        trace_id=trace_id(scope["headers"]),
        method=scope["method"],
        route=route.path_format if route else UNMATCHED,
        status=call.status or CLIENT_LEFT,
        code=call.code,
        principal=call.caller.username if call.caller else None,
        collection=_collection(scope) if call.caller else None,
        duration_ms=stages.pop("total"),
        stages=stages,
    )


def _collection(scope: Scope) -> str | None:
    """Return what the path names as a collection; no id of one is longer than what is kept."""
    named: str | None = scope.get("path_params", {}).get("collection")
    return named and named[:LONGEST_ID]
