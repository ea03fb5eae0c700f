"""What the whole service has counted, for Prometheus."""

import hmac
from typing import Final

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import Response

from deployments.errors import DeadlineExceeded, NotFound, Unauthenticated, Unavailable
from deployments.web.access import bearer
from deployments.web.call import Call, Current
from deployments.web.routing import router

PAGE_SECONDS: Final = 2.0

routes = router("health")


@routes.get("/metrics", include_in_schema=False)
async def metrics(request: Request, call: Current) -> Response:
    """Return the page, the same from every replica; 404 where nothing is counted."""
    settings = call.services.settings
    if not settings.metrics:
        raise NotFound("There is no such route.")
    if settings.metrics_token is not None:
        _require(settings.metrics_token.get_secret_value(), request)
    return Response(await _page(call), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _require(token: str, request: Request) -> None:
    shown = bearer(request.headers.get("authorization"))
    if not hmac.compare_digest(shown.encode(), token.encode()):
        raise Unauthenticated("The token for the metrics is another.")


async def _page(call: Call) -> str:
    try:
        return await call.services.telemetry.page(budget=min(PAGE_SECONDS, call.budget))
    except DeadlineExceeded as error:
        raise Unavailable("What was counted is not to be had just now.") from error
