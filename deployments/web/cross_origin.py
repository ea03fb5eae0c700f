"""Which pages of other origins may read answers: those the operator names, by default none.

It lies outside the guard, so that a page can read a refusal of the guard as well.
"""

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

from deployments.errors import Forbidden
from deployments.web.headers import REQUEST_ID, request_id
from deployments.web.problem import problem
from deployments.web.protection import PROTECTION
from deployments.web.timing import Stages

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SENT = (
    "Authorization",
    "Traceparent",
    "X-Facegraph-Source",
    "X-Request-ID",
    "X-Request-Timeout-Seconds",
)
SHOWN = ("X-Request-ID", "Server-Timing", "Retry-After", "RateLimit", "RateLimit-Policy")

_FIRST_ERROR = 400


class CrossOrigin(CORSMiddleware):
    """Starlette's CORS for these origins, whose preflights are answered like everything else.

    Credentials in the sense of CORS, cookies above all, stay out: tokens are sent as a header.
    """

    def __init__(self, app: ASGIApp, origins: frozenset[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=SENT,
            expose_headers=SHOWN,
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer what a browser asks before it sends a request."""
        identifier = request_id(request_headers.raw)
        response = super().preflight_response(request_headers)
        if response.status_code >= _FIRST_ERROR:
            response = problem(Forbidden("Pages of this origin may not send this."), identifier)
        timing = (b"server-timing", Stages().header().encode())
        response.raw_headers += [*PROTECTION, (REQUEST_ID, identifier.encode()), timing]
        return response
