"""The spans of a process that traces, by OpenTelemetry's SDK; the rest knows `tracing` alone.

A span says what ran, when, for which request, and how it ended: names that are written in the
source, templates, numbers and types. Nothing in it was sent by a caller but the request's id.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import version
from threading import Thread
from time import time_ns
from typing import Final
from uuid import uuid4

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Link, SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import Attributes, AttributeValue

from deployments.errors import DeadlineExceeded, FacegraphError, Unavailable
from deployments.messages.sharing import Origin

REQUEST_ID: Final = "facegraph.request_id"
ERROR: Final = "error.type"
METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
OTHER_METHOD: Final = "_OTHER"
FIRST_FAULT: Final = 500  # A status below says what was wrong with the request.
_FAULTS: Final = (Unavailable, DeadlineExceeded)  # Of the errors of the domain.

FLUSH_SECONDS = 3.0  # What a receiver that is away may delay the end of a replica.

_W3C: Final = TraceContextTextMapPropagator()


def exported(deployment: str) -> "Spans":
    """Return spans that go, in batches, where OpenTelemetry's variables say."""
    return Spans(BatchSpanProcessor(OTLPSpanExporter()), resource_of(deployment))


def resource_of(deployment: str) -> Resource:
    """Return what all spans of a replica have in common; the environment may say more, or else."""
    own = Resource.create(
        {
            "service.name": "facegraph",
            "service.version": version("facegraph"),
            "service.instance.id": str(uuid4()),
            "facegraph.deployment": deployment,
        }
    )
    return own.merge(OTELResourceDetector().detect())


class Spans:
    """Makes the spans of one process; lives as long as its replica.

    Which requests are recorded the environment's sampler decides (`OTEL_TRACES_SAMPLER`). It has no
    say in batches: they are recorded where a photo in them is. Nobody else's spans come here, for
    OpenTelemetry's global provider is left alone: those of frameworks carry paths.
    """

    def __init__(self, processor: SpanProcessor, resource: Resource) -> None:
        self._processor = processor
        sampled = TracerProvider(resource=resource, shutdown_on_exit=False)
        always = TracerProvider(ALWAYS_ON, resource=resource, shutdown_on_exit=False)
        for provider in (sampled, always):
            provider.add_span_processor(processor)
        self._tracer = sampled.get_tracer("facegraph")
        self._batches = always.get_tracer("facegraph")

    def close(self) -> None:
        """Send what there is, while the receiver takes it; what it does not is lost."""
        sending = Thread(target=self._processor.shutdown, daemon=True)
        sending.start()
        sending.join(FLUSH_SECONDS)

    @contextmanager
    def serve(self, request_id: str, traceparent: str | None, method: str) -> Iterator[None]:
        """Make the span of a request until it is answered, or what runs within is over.

        There is no path in it, for paths hold ids.
        """
        known = method if method in METHODS else OTHER_METHOD
        attributes = {REQUEST_ID: request_id, "http.request.method": known, "url.scheme": "http"}
        parent = Context() if traceparent is None else _context(traceparent)
        span = self._tracer.start_span(_verb(method), parent, SpanKind.SERVER, attributes)
        with trace.use_span(span, record_exception=False, set_status_on_exception=False):
            try:
                yield
            finally:
                if span.is_recording():
                    span.end()

    @staticmethod
    def answered(method: str, route: str | None, status: int, code: str | None) -> None:
        """See `tracing.answered`; what was answered once is not answered again."""
        span = trace.get_current_span()
        if not span.is_recording():
            return
        span.set_attribute("http.response.status_code", status)
        if route is not None:
            span.update_name(f"{_verb(method)} {route}")
            span.set_attribute("http.route", route)
        if code is not None:
            span.set_attribute("facegraph.problem", code)
        if status >= FIRST_FAULT:
            span.set_attribute(ERROR, code or str(status))
            span.set_status(StatusCode.ERROR)
        span.end()

    @contextmanager
    def below(
        self, name: str, request_id: str | None, *, to_another: bool = False
    ) -> Iterator[None]:
        """Make a span below the one at hand; where none is recorded, none."""
        if not _recorded():
            yield
            return
        kind = SpanKind.CLIENT if to_another else SpanKind.INTERNAL
        with self._open(name, kind, {REQUEST_ID: request_id or ""}):
            yield

    @contextmanager
    def receive(self, name: str, request_id: str, traceparent: str) -> Iterator[None]:
        """Make the span of what another node asks for, below the one in which it asks."""
        with self._open(name, SpanKind.SERVER, {REQUEST_ID: request_id}, _context(traceparent)):
            yield

    @contextmanager
    def side_by_side(self, name: str, origins: Iterable[Origin | None]) -> Iterator[None]:
        """Make one span below each origin, all of them as long as what runs within.

        An error is told of one by itself: what fails for several is tried again for each.
        """
        everybody = tuple(origins)
        opened = [
            self._tracer.start_span(
                name, _context(each.traceparent), attributes={REQUEST_ID: each.request_id}
            )
            for each in everybody
            if each and each.traceparent and _is_recorded(each.traceparent)
        ]
        try:
            yield
        except BaseException as error:
            for each in opened if len(everybody) == 1 else ():
                _failed(each, error)
            raise
        finally:
            for each in opened:
                each.end()

    @contextmanager
    def batch(self, waited: Iterable[tuple[object, float]]) -> Iterator[None]:
        """Make a span for all who waited, linked to theirs; and below each of those one, the wait.

        Where nobody's span is recorded, none.
        """
        everybody = tuple(waited)
        recorded = [(span, seconds) for span, seconds in everybody if isinstance(span, Span)]
        if not recorded:
            yield
            return
        links = [Link(span.get_span_context(), _id_of(span)) for span, _ in recorded]
        attributes: dict[str, AttributeValue] = {
            "facegraph.batch.size": len(everybody),
            REQUEST_ID: tuple(str(_id_of(span)[REQUEST_ID]) for span, _ in recorded),
        }
        with self._open(
            "batch", SpanKind.INTERNAL, attributes, Context(), self._batches, links
        ) as together:
            for span, seconds in recorded:
                span.add_link(together.get_span_context())
                self._past("queue", seconds, trace.set_span_in_context(span), _id_of(span)).end()
            yield

    def waited(self, seconds: float, request_id: str | None) -> None:
        """Make the span of a wait that no batch has ended, below the one at hand."""
        if _recorded():
            self._past("queue", seconds, None, {REQUEST_ID: request_id or ""}).end()

    def queried(
        self, name: str, seconds: float, error: BaseException | None, request_id: str | None
    ) -> None:
        """Make the span of a query that has ended: its name, without its text or a value."""
        if not _recorded():
            return
        attributes = {
            REQUEST_ID: request_id or "",
            "db.system.name": "postgresql",
            "db.operation.name": name,
        }
        span = self._past(name, seconds, None, attributes, SpanKind.CLIENT)
        if error is not None:
            _failed(span, error)
        span.end()

    @staticmethod
    def here() -> Span | None:
        """Return the span at hand, if it is recorded."""
        span = trace.get_current_span()
        return span if isinstance(span, Span) else None

    @staticmethod
    def trace_id() -> str | None:
        """See `tracing.trace_id`."""
        context = trace.get_current_span().get_span_context()
        return trace.format_trace_id(context.trace_id) if context.is_valid else None

    @staticmethod
    def traceparent() -> str | None:
        """Return the span at hand as W3C Trace Context writes it."""
        carrier: dict[str, str] = {}
        _W3C.inject(carrier)
        return carrier.get("traceparent")

    @contextmanager
    def _open(
        self,
        name: str,
        kind: SpanKind,
        attributes: Attributes,
        parent: Context | None = None,
        tracer: Tracer | None = None,
        links: Sequence[Link] = (),
    ) -> Iterator[trace.Span]:
        # What an error says may be what a person sent, so the SDK is not asked to write it down.
        with (tracer or self._tracer).start_as_current_span(
            name,
            parent,
            kind,
            attributes,
            links,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except BaseException as error:
                _failed(span, error)
                raise

    def _past(
        self,
        name: str,
        seconds: float,
        parent: Context | None,
        attributes: Attributes,
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> trace.Span:
        """Begin a span so long ago; None as its parent is the one at hand."""
        began = time_ns() - int(seconds * 1e9)
        return self._tracer.start_span(name, parent, kind, attributes, start_time=began)


def _verb(method: str) -> str:
    return method if method in METHODS else "HTTP"


def _recorded() -> bool:
    return trace.get_current_span().get_span_context().trace_flags.sampled


def _is_recorded(traceparent: str) -> bool:
    return bool(int(traceparent[-2:], 16) & trace.TraceFlags.SAMPLED)


def _id_of(span: Span) -> dict[str, AttributeValue]:
    return {REQUEST_ID: (span.attributes or {}).get(REQUEST_ID, "")}


def _failed(span: trace.Span, error: BaseException) -> None:
    """Say of a span what it ended with; an answer to a caller, or their leaving, is no failure."""
    span.set_attribute(ERROR, type(error).__name__)
    answers = isinstance(error, FacegraphError) and not isinstance(error, _FAULTS)
    if isinstance(error, Exception) and not answers:
        span.set_status(StatusCode.ERROR)


@lru_cache(maxsize=1024)
def _context(traceparent: str) -> Context:
    """Return the context of a span elsewhere; the stages of a photo ask for the same one."""
    return _W3C.extract({"traceparent": traceparent}, Context())
