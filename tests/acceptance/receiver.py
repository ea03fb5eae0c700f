"""A receiver of traces, as an operator has one: OTLP over HTTP, kept in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True)
class Received:
    """One span as it came over the wire; ids in hexadecimal, no parent is an empty one."""

    node: str
    name: str
    kind: int
    trace: str
    id: str
    parent: str
    said: dict[str, Any]
    links: tuple[tuple[str, str], ...]
    began: int
    ended: int
    failed: bool
    whole: str


@dataclass
class Receiver:
    """Where to send spans, and what was sent."""

    url: str
    spans: list[Received] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)
    resources: list[dict[str, Any]] = field(default_factory=list)

    def trace(self, trace: str) -> list[Received]:
        """Return what belongs to a trace, in the order in which it began."""
        return sorted(
            (each for each in self.spans if each.trace == trace), key=lambda one: one.began
        )

    def called(self, name: str) -> list[Received]:
        """Return the spans of a name."""
        return [each for each in self.spans if each.name == name]

    def take(self, path: str, body: bytes) -> None:
        """Keep one export."""
        self.paths.add(path)
        for whose in ExportTraceServiceRequest.FromString(body).resource_spans:
            resource = _said(whose.resource.attributes)
            self.resources.append(resource)
            node = str(resource["facegraph.deployment"])
            for scope in whose.scope_spans:
                self.spans.extend(_received(node, span) for span in scope.spans)


def _received(node: str, span: Span) -> Received:
    return Received(
        node=node,
        name=span.name,
        kind=span.kind,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        said=_said(span.attributes),
        links=tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
        began=span.start_time_unix_nano,
        ended=span.end_time_unix_nano,
        failed=span.status.code == span.status.STATUS_CODE_ERROR,
        whole=str(span),
    )


def _said(attributes: Any) -> dict[str, Any]:
    pairs: list[KeyValue] = list(attributes)
    return {each.key: _value(each.value) for each in pairs}


def _value(value: AnyValue) -> Any:
    if value.HasField("array_value"):
        return [_value(each) for each in value.array_value.values]
    return getattr(value, str(value.WhichOneof("value")))


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listen on loopback until the test is over."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.take(self.path, self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.end_headers()
            self.wfile.write(ExportTraceServiceResponse().SerializeToString())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
        listening = Thread(target=server.serve_forever)
        listening.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            listening.join()
