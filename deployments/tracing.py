"""Which request work is done for, told from node to node; and its spans, where somebody wants them.

The spans are made by `deployments/spans.py`, which is imported only where the environment names a
receiver of traces. Without one there are ids still, and all that is called here for a request costs
some ten microseconds. What a span may say, and why, is told in docs/decisions/0016-tracing.md, and
so is that cost.
"""

import os
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import structlog
from structlog.contextvars import STRUCTLOG_KEY_PREFIX

from deployments.messages.sharing import Origin

if TYPE_CHECKING:
    from deployments.spans import Spans

PROTOCOL: Final = "http/protobuf"
LONGEST_GATHERING_SECONDS: Final = 5.0  # OpenTelemetry's default as well.

SpanAtHand: TypeAlias = object
"""What `here` returns, for `batch` alone."""

# By its name structlog finds it, and puts it on every line that is logged for the request.
_REQUEST_ID: ContextVar[str] = ContextVar(f"{STRUCTLOG_KEY_PREFIX}request_id")
_NOTHING: Final = nullcontext()

log = structlog.get_logger("facegraph.tracing")


class Tracing:
    """The spans of this process: None, until `start` finds that they are wanted."""

    spans: "Spans | None" = None


def start(deployment: str) -> None:
    """Make spans from now on, where the environment names who receives them."""
    if wanted(os.environ):
        # Only now: who traces nothing does not load it.
        from deployments.spans import exported

        Tracing.spans = exported(deployment)
    elif _asked_for(os.environ):
        log.warning("no traces", protocol=_protocol(os.environ), spoken=PROTOCOL)


def stop() -> None:
    """Make no more spans, and send what there are."""
    spans, Tracing.spans = Tracing.spans, None
    if spans:
        spans.close()


def wanted(environment: Mapping[str, str]) -> bool:
    """Tell whether spans are wanted and can be sent, by OpenTelemetry's variables for it."""
    return _asked_for(environment) and _protocol(environment) == PROTOCOL


def gathering_seconds(environment: Mapping[str, str]) -> float:
    """Return how long a span that has ended waits at most until it is sent, and a moment for that.

    0 where none are made; where they wait for longer than is ever waited for, that.
    """
    if not wanted(environment):
        return 0.0
    delay = environment.get("OTEL_BSP_SCHEDULE_DELAY", "").strip()
    seconds = int(delay) / 1000 if delay.isdecimal() else LONGEST_GATHERING_SECONDS
    return min(seconds, LONGEST_GATHERING_SECONDS) + 0.5


def _asked_for(environment: Mapping[str, str]) -> bool:
    switched_off = environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    elsewhere = environment.get("OTEL_TRACES_EXPORTER", "").strip() not in {"", "otlp"}
    return bool(_exporters(environment, "ENDPOINT")) and not switched_off and not elsewhere


def _protocol(environment: Mapping[str, str]) -> str:
    return _exporters(environment, "PROTOCOL") or PROTOCOL


def _exporters(environment: Mapping[str, str], name: str) -> str:
    """Return a setting of the exporter; of two variables the one for traces alone holds."""
    own, common = f"OTEL_EXPORTER_OTLP_TRACES_{name}", f"OTEL_EXPORTER_OTLP_{name}"
    return (environment.get(own) or environment.get(common) or "").strip()


@contextmanager
def request(identifier: str, traceparent: str | None, method: str) -> Iterator[None]:
    """Let what runs within be done for this request, as a span below that of its caller.

    Within the same request nothing more: who is outermost has said it.
    """
    if _REQUEST_ID.get(None) is not None:
        yield
        return
    spans = Tracing.spans
    with (
        _done_for(identifier),
        _NOTHING if spans is None else spans.serve(identifier, traceparent, method),
    ):
        yield


def answered(method: str, route: str | None, status: int, code: str | None) -> None:
    """Say of the request what it was for, by its template, and how it was answered: its span ends.

    What comes after the answer, as the rest of a body that nobody reads, is no part of it.
    """
    if Tracing.spans:
        Tracing.spans.answered(method, route, status, code)


def trace_id() -> str | None:
    """Return the trace that the work at hand is part of; None where there are no spans."""
    return Tracing.spans.trace_id() if Tracing.spans else None


def span(name: str) -> AbstractContextManager[object]:
    """Let what runs within be a span of its own, if it is part of one."""
    return _NOTHING if Tracing.spans is None else Tracing.spans.below(name, _REQUEST_ID.get(None))


def call(name: str) -> AbstractContextManager[object]:
    """Let what runs within be the call of another node, if it is part of a span."""
    spans = Tracing.spans
    return _NOTHING if spans is None else spans.below(name, _REQUEST_ID.get(None), to_another=True)


def origin() -> Origin | None:
    """Return what another node is told of the request at hand; None where it is done for none."""
    identifier = _REQUEST_ID.get(None)
    if identifier is None:
        return None
    return Origin(identifier, Tracing.spans.traceparent() if Tracing.spans else None)


@contextmanager
def received(name: str, asked_by: Origin | None) -> Iterator[None]:
    """Do what another node asks for, as part of the request that it is asked for."""
    if asked_by is None:
        yield
        return
    spans, parent, identifier = Tracing.spans, asked_by.traceparent, asked_by.request_id
    with (
        _done_for(identifier),
        spans.receive(name, identifier, parent) if spans and parent else _NOTHING,
    ):
        yield


@contextmanager
def _done_for(identifier: str) -> Iterator[None]:
    token = _REQUEST_ID.set(identifier)
    try:
        yield
    finally:
        _REQUEST_ID.reset(token)


def told_the_origin(
    method: Callable[..., Awaitable[Any]], name: str
) -> Callable[..., Awaitable[Any]]:
    """Give a method of a node the argument `origin`: the request that it is called for."""

    @wraps(method)
    async def entered(*arguments: Any, origin: Origin | None = None, **told: Any) -> Any:
        if origin is None:
            return await method(*arguments, **told)
        with received(name, origin):
            return await method(*arguments, **told)

    return entered


def logged_for(asked_by: Origin | None) -> AbstractContextManager[object]:
    """Have every line that is logged within carry the id of the request; for another thread."""
    return _NOTHING if asked_by is None else _done_for(asked_by.request_id)


def stage(name: str, origins: Iterable[Origin | None]) -> AbstractContextManager[object]:
    """Let what runs within be a span of each of these, which need not be of this thread.

    Where it fails for several, nobody knows whose fault that is, and none of the spans says so.
    """
    return _NOTHING if Tracing.spans is None else Tracing.spans.side_by_side(name, origins)


def here() -> SpanAtHand:
    """Return the span at hand, for `batch`; None where there is none or nobody keeps it."""
    return Tracing.spans.here() if Tracing.spans else None


def waited(seconds: float) -> None:
    """Say that the work at hand has waited so long for a batch, in vain."""
    if Tracing.spans:
        Tracing.spans.waited(seconds, _REQUEST_ID.get(None))


def batch(waited: Iterable[tuple[SpanAtHand, float]]) -> AbstractContextManager[object]:
    """Let what runs within be done for all of these spans, which waited so many seconds for it.

    A span of its own, below none of them, linked to each of them and they to it.
    """
    return _NOTHING if Tracing.spans is None else Tracing.spans.batch(waited)


def queried(name: str, seconds: float, error: BaseException | None) -> None:
    """Say that a query of this name has just ended, and what it failed with."""
    if Tracing.spans:
        Tracing.spans.queried(name, seconds, error, _REQUEST_ID.get(None))
