"""Spans that a test has made, kept where it can look at them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from deployments.spans import REQUEST_ID, Spans
from deployments.tracing import Tracing


@dataclass
class Recorded:
    """The spans that have ended, in the order in which they did."""

    exporter: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)

    def all(self) -> tuple[ReadableSpan, ...]:
        """Return them all."""
        return self.exporter.get_finished_spans()

    def names(self) -> list[str]:
        """Return what they are called."""
        return [each.name for each in self.all()]

    def one(self, name: str) -> ReadableSpan:
        """Return the one of this name."""
        (found,) = (each for each in self.all() if each.name == name)
        return found

    def parents(self) -> list[tuple[str, str | None]]:
        """Return each span with what it is below of, by their names; None for what is not here."""
        names = {identity(each): each.name for each in self.all()}
        return [
            (
                each.name,
                names.get((each.parent.trace_id, each.parent.span_id)) if each.parent else None,
            )
            for each in self.all()
        ]


def identity(span: ReadableSpan) -> tuple[int, int]:
    """Return the trace and the id of a span."""
    context = span.get_span_context()
    assert context is not None
    return context.trace_id, context.span_id


def told(span: ReadableSpan) -> dict[str, object]:
    """Return what a span says, but for the request's id."""
    return {name: value for name, value in (span.attributes or {}).items() if name != REQUEST_ID}


@contextmanager
def recording() -> Iterator[Recorded]:
    """Have spans made meanwhile, and keep them."""
    recorded = Recorded()
    Tracing.spans = Spans(SimpleSpanProcessor(recorded.exporter), Resource({}))
    try:
        yield recorded
    finally:
        Tracing.spans = None
