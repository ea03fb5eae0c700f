"""What is known of a request before its body is read, for the routes and for the log.

The guard reads it in processes that have no application, so nothing is imported for it.
"""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.types import Scope

if TYPE_CHECKING:
    from deployments.messages.limits import Quota
    from deployments.web.limits import Limits
    from deployments.web.principal import Principal
    from deployments.web.seats import Seat

KEY = "facegraph.admission"

# Photos aside, no route has a use for more; it bounds what an unknown caller can have parsed.
MAX_FIELDS_BYTES = 64 * 1024

# A body that takes longer comes from far away, and would hold a place that nobody works in.
SLOW_SECONDS = 0.1


@dataclass(slots=True)
class Admission:
    """Which route a request is for, by its template; from where, as an edge that is believed tells.

    Then whose it is, how their limits stand, and its place among the work under way. `arrived` is
    of the monotonic clock; `ended` is how the request was answered, once it was: status and code;
    `entered`, whether it came as far as the application, which then writes its line.
    """

    route: str
    address: str | None = None
    principal: "Principal | None" = None
    quotas: "tuple[Quota, ...]" = ()
    seat: "Seat | None" = None
    limits: "Limits | None" = None
    arrived: float = field(default_factory=time.monotonic)
    ended: "tuple[int, str | None] | None" = None
    entered: bool = False

    async def whole(self, body: Awaitable[bytes]) -> bytes:
        """Wait for the body; for a slow one the place is given back meanwhile, and asked for again.

        Raises Overloaded where there is none by then.
        """
        if self.seat is None or self.limits is None:
            return await body
        slow = asyncio.get_running_loop().call_later(SLOW_SECONDS, self.seat.leave)
        try:
            whole = await body
        finally:
            slow.cancel()
        if not self.seat.taken:
            _, self.seat = await self.limits.admit(self.seat.flow)
        return whole

    def leave(self) -> None:
        """Give back the place, if there is one and it is not given back."""
        if self.seat:
            self.seat.leave()


def admission_of(scope: Scope) -> Admission | None:
    """Return what the guard's door found; None where there is no guard before the application."""
    found: Admission | None = scope.get(KEY)
    return found


def leave(scope: Scope) -> None:
    """Give back the place of a request that is through, or goes no further."""
    admission = admission_of(scope)
    if admission:
        admission.leave()
