"""One request as the service serves it: whose trace it is part of, and how it was answered."""

from contextlib import AbstractContextManager

from starlette.types import Scope

from deployments import tracing
from deployments.web import headers, metering
from deployments.web.admission import admission_of
from deployments.web.problem import CLIENT_LEFT, row_of


def serving(scope: Scope, request_id: str) -> AbstractContextManager[None]:
    """Let what runs within be done for a request, as part of its caller's trace."""
    return tracing.request(request_id, headers.traceparent(scope["headers"]), scope["method"])


def refused(scope: Scope, error: Exception) -> None:
    """Say that the request was answered for the application, with this."""
    row = row_of(error)
    ended(scope, _route(scope), row.status, row.code)


def left(scope: Scope) -> None:
    """Say that its caller left before there was an answer."""
    ended(scope, _route(scope), CLIENT_LEFT, None)


def ended(scope: Scope, route: str | None, status: int, code: str | None) -> tuple[int, str | None]:
    """Count how a request was answered, end its span, and return status and code.

    Of two who say so the first is right: where Ray answers, the application that it has cancelled
    for that only takes its caller to have left.
    """
    admission = admission_of(scope)
    if admission is not None:
        if admission.ended:
            return admission.ended
        admission.ended = status, code
    metering.count(scope["method"], route, status, code)
    tracing.answered(scope["method"], route, status, code)
    return status, code


def trace_id(scope: Scope) -> str | None:
    """Return the trace that the request is part of: ours, or else the one its caller names."""
    return tracing.trace_id() or headers.trace_id(scope["headers"])


def _route(scope: Scope) -> str | None:
    admission = admission_of(scope)
    return admission.route if admission else None
