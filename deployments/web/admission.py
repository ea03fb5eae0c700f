"""Who passes, judged by the head of a request alone: before a byte of its body is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Scope

from deployments.messages import Quota
from deployments.web.access import Rule, authorise
from deployments.web.charges import charge_request
from deployments.web.principal import Principal
from deployments.web.services import Services

KEY = "facegraph.admission"

# Photos aside, no route has a use for more; it bounds what an unknown caller can have parsed.
MAX_FIELDS_BYTES = 64 * 1024


@dataclass(slots=True)
class Admission:
    """What is known of one request so far; lives in its scope, for the routes and for the log."""

    route: str
    principal: Principal | None = None
    quotas: tuple[Quota, ...] = ()
    most_bytes: int = MAX_FIELDS_BYTES


async def admit(
    admission: Admission, rule: Rule, scope: Scope, path: Mapping[str, Any], services: Services
) -> None:
    """Let a request pass, and note whose it is and how their limits stand.

    Raises what `authorise` and `charge_request` raise.
    """
    authorization = Headers(scope=scope).get("authorization")
    try:
        admission.principal = await authorise(rule, authorization, path, services.callers)
    finally:
        # Who is refused for lack of a token is counted as well, where an edge tells the address.
        principal = admission.principal
        admission.quotas = await charge_request(rule, principal, scope, services)


def admission_of(scope: Scope) -> Admission | None:
    """Return what the guard's door found; None where there is no guard before the application."""
    found: Admission | None = scope.get(KEY)
    return found
