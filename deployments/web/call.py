"""One request on its way through: who asks, how long there is, and where the time went."""

import math
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.types import Scope

from deployments.deadline import LATE
from deployments.errors import DeadlineExceeded, InvalidRequest
from deployments.messages.limits import Quota
from deployments.messages.matcher import Presentation
from deployments.messages.sharing import Flow
from deployments.web.findings import Findings
from deployments.web.headers import TIMEOUT
from deployments.web.principal import Principal
from deployments.web.seats import Seat
from deployments.web.services import Services
from deployments.web.timing import Stages

KEY = "facegraph.call"


@dataclass(slots=True)
class Call:
    """The state of one request; made by the envelope, completed by the route."""

    services: Services
    request_id: str
    stages: Stages = field(default_factory=Stages)
    caller: Principal | None = None
    address: str | None = None
    quotas: tuple[Quota, ...] = ()
    deadline: float = math.inf
    status: int | None = None
    code: str | None = None
    presentation: Presentation | None = None
    findings: Findings = field(default_factory=Findings)
    body_bytes: int = 0
    answer_bytes: int = 0
    seat: Seat | None = None
    source: str | None = None

    @property
    def principal(self) -> Principal:
        """The caller of a route that is not open."""
        if self.caller is None:
            raise LookupError("an open route has no principal")
        return self.caller

    def start_clock(self, timeout: str | None, arrived: float) -> None:
        """Set the deadline: the service's own counts from now, and the caller's from `arrived`.

        A caller may only shorten it, and waits for the upload too. Raises InvalidRequest for a
        header that is no positive number.
        """
        self.deadline = time.monotonic() + self.services.settings.request_timeout_seconds
        if timeout is not None:
            self.deadline = min(self.deadline, arrived + _seconds(timeout))

    def saw(self, lives: Collection[bool | None]) -> None:
        """Remember for the log whether the faces of a photo are live; one attack stays."""
        if False in lives:
            self.presentation = "attack"
        elif True in lives:
            self.presentation = self.presentation or "live"

    def worked(self) -> None:
        """Remember that photos were analysed: such requests tell the pace of the service."""
        if self.seat:
            self.seat.worked = True

    def counted_source(self) -> str | None:
        """Return the name its photos are counted under, and remember that it was heard.

        None where their source was not named.
        """
        return self.services.sources.told(self.source) if self.source else None

    @property
    def flow(self) -> Flow:
        """Whose work this is, and of which class."""
        return self.seat.flow if self.seat else Flow()

    @property
    def budget(self) -> float:
        """Seconds left; raises DeadlineExceeded where none are."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise DeadlineExceeded(LATE)
        return left


def _seconds(timeout: str) -> float:
    try:
        seconds = float(timeout)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        detail = "X-Request-Timeout-Seconds is a positive number of seconds."
        raise InvalidRequest(detail, TIMEOUT.decode())
    return seconds


def call_of(scope: Scope) -> Call:
    """Return the call that the envelope put into the scope."""
    call: Call = scope[KEY]
    return call


async def _current(request: Request) -> Call:
    return call_of(request.scope)


Current = Annotated[Call, Depends(_current)]
