"""Requests that were over before the application saw them: a line in the log."""

import math
import time
from collections.abc import Callable

import structlog
from starlette.types import Scope

from deployments.errors import Overloaded
from deployments.web.admission import admission_of
from deployments.web.problem import CLIENT_LEFT, row_of
from deployments.web.serving import trace_id

SPARING_SECONDS = 1.0

log = structlog.get_logger("facegraph.web")


class Sparing:
    """Lets one of many like lines be written in a while, and counts those it stands for."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._written_at = -math.inf
        self._left_out = 0

    def left_out(self) -> int | None:
        """Return how many were left out before this one; None if this is one of them."""
        now = self._clock()
        if now - self._written_at < SPARING_SECONDS:
            self._left_out += 1
            return None
        self._written_at = now
        left_out, self._left_out = self._left_out, 0
        return left_out


_overloads = Sparing()


def write_line(error: Exception, identifier: str, scope: Scope) -> None:
    """Log a refusal; of those for want of capacity one a second, for at capacity lines cost."""
    if _has_entered(scope):
        return
    left_out = _overloads.left_out() if isinstance(error, Overloaded) else 0
    if left_out is None:
        return
    row = row_of(error)
    write = log.exception if row.code == "internal" else log.info
    told = _keys(identifier, scope) | {"status": row.status, "code": row.code}
    write("refused", **told, **({"left_out": left_out} if left_out else {}))


def write_left(identifier: str, scope: Scope) -> None:
    """Log that a caller left before the application had their request."""
    if not _has_entered(scope):
        log.info("left", **_keys(identifier, scope), status=CLIENT_LEFT)


def _has_entered(scope: Scope) -> bool:
    """Tell whether the application has the request, and will write its line."""
    admission = admission_of(scope)
    return admission is not None and admission.entered


def _keys(identifier: str, scope: Scope) -> dict[str, object]:
    admission = admission_of(scope)
    return {
        "request_id": identifier,
        "trace_id": trace_id(scope),
        "method": scope["method"],
        "route": admission.route if admission else None,
        "principal": caller_of(scope),
        "address": admission.address if admission else None,
    }


def caller_of(scope: Scope) -> str | None:
    """Return whose request it was found to be; None for a stranger's."""
    admission = admission_of(scope)
    return admission.principal.username if admission and admission.principal else None
