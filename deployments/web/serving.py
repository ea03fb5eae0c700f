"""One request as the service serves it: whose trace it is part of, and how it was answered."""

from contextlib import AbstractContextManager

from starlette.types import Scope

from deployments import tracing
from deployments.web import headers
from deployments.web.admission import admission_of
from deployments.web.problem import row_of

CLIENT_LEFT = 499


def serving(scope: Scope, request_id: str) -> AbstractContextManager[None]:
    """Let what runs within be done for a request, as part of its caller's trace."""
    return tracing.request(request_id, headers.traceparent(scope["headers"]), scope["method"])


def refused(scope: Scope, error: Exception) -> None:
    """Say that the request was answered for the application, with this."""
    row = row_of(error)
    tracing.answered(scope["method"], _route(scope), row.status, row.code)


def left(scope: Scope) -> None:
    """Say that its caller left before there was an answer."""
    tracing.answered(scope["method"], _route(scope), CLIENT_LEFT, None)


def trace_id(scope: Scope) -> str | None:
    """Return the trace that the request is part of: ours, or else the one its caller names."""
    return tracing.trace_id() or headers.trace_id(scope["headers"])


def _route(scope: Scope) -> str | None:
    admission = admission_of(scope)
    return admission.route if admission else None
