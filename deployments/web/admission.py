"""What is known of a request before its body is read, for the routes and for the log.

The guard reads it in processes that have no application, so nothing is imported for it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.types import Scope

if TYPE_CHECKING:
    from deployments.messages import Quota
    from deployments.web.principal import Principal

KEY = "facegraph.admission"

# Photos aside, no route has a use for more; it bounds what an unknown caller can have parsed.
MAX_FIELDS_BYTES = 64 * 1024


@dataclass(slots=True)
class Admission:
    """Which route a request is for, by its template; from where, as an edge that is believed tells.

    Then whose it is, and how their limits stand.
    """

    route: str
    address: str | None = None
    principal: "Principal | None" = None
    quotas: "tuple[Quota, ...]" = ()


def admission_of(scope: Scope) -> Admission | None:
    """Return what the guard's door found; None where there is no guard before the application."""
    found: Admission | None = scope.get(KEY)
    return found
