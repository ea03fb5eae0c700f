"""Who comes in, judged by the head of a request alone: known, counted, and then allowed."""

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Scope

from deployments.web.access import Rule, identify, permit
from deployments.web.admission import Admission
from deployments.web.charges import charge_request
from deployments.web.edge import without_secret
from deployments.web.services import Services


async def admit(
    admission: Admission, rule: Rule, scope: Scope, path: Mapping[str, Any], services: Services
) -> None:
    """Let a request pass, and note whose it is and how their limits stand.

    The edge's secret leaves the headers here. Raises what `identify`, `charge_request` and `permit`
    raise: who may not do what they ask is counted like who may, and who is not known is counted
    where an edge tells their address. Whoever asked leaves the place that the request may have.
    """
    admission.limits = services.limits
    admission.address = services.edge.address(scope["headers"])
    scope["headers"] = without_secret(scope["headers"])
    try:
        authorization = Headers(scope=scope).get("authorization")
        admission.principal = await identify(rule, authorization, services.callers)
    finally:
        admission.quotas, admission.seat = await charge_request(
            rule, admission.principal, admission.address, services
        )
    permit(rule, admission.principal, path)
