"""What spans cost an identification in CPU: switched off, not recorded, recorded and encoded.

    python -m benchmarks.tracing

Makes all calls of `deployments/tracing.py` that one identification makes in the three nodes,
without the work between them, and prints and keeps microseconds of CPU. What is recorded is encoded
as it would be sent, and sent nowhere.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time_ns

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from rich.console import Console

from benchmarks.measures import machine
from deployments import tracing
from deployments.messages.sharing import Origin
from deployments.spans import Spans

REQUESTS = 5_000
ROUNDS = 5
TRACE = f"{'ab' * 16}-{'cd' * 8}"
RESULTS = Path(__file__).parent / "results" / "tracing.json"

console = Console(highlight=False)


class Encoder(SpanExporter):
    """Makes of spans what would be sent, and sends it nowhere."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Encode."""
        encode_spans(spans).SerializeToString()
        return SpanExportResult.SUCCESS


def identification(traceparent: str) -> None:
    """Make the calls of one identification."""
    with tracing.request("a-request-of-some-length", traceparent, "POST"):
        with tracing.span("admission"):
            pass
        with tracing.span("body"):
            pass
        with tracing.request("a-request-of-some-length", traceparent, "POST"):
            with tracing.call("embedder.analyse"):
                _analyse(tracing.origin())
            with tracing.call("matcher.identify"):
                _identify(tracing.origin())
            tracing.answered("POST", "/v1/collections/{collection}/identify", 200, None)
            tracing.trace_id()


def _analyse(origin: Origin | None) -> None:
    with tracing.received("embedder.analyse", origin):
        here, origin = tracing.here(), tracing.origin()
        with tracing.batch([(here, 0.001)]):
            with tracing.stage("decode", [origin]), tracing.logged_for(origin):
                pass
            for name in ("detect", "align", "embed"):
                with tracing.stage(name, [origin]):
                    pass


def _identify(origin: Origin | None) -> None:
    with tracing.received("matcher.identify", origin):
        with tracing.span("connection"):
            pass
        tracing.queried("collections.find_collection", 0.001, None)
        tracing.queried("search.find_nearest_exactly", 0.001, None)


def main() -> None:
    """Measure, print, and keep it."""
    spent = {
        "off": _least(lambda: None, "01"),
        "not recorded": _least(_encoded, "00"),
        "recorded": _least(_encoded, "01"),
    }
    for name, microseconds in spent.items():
        console.print(f"{name:12}{microseconds:7.1f} µs")
    document = machine.provenance(machine.describe()) | {"CPU µs an identification": spent}
    RESULTS.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def _encoded() -> Spans:
    everything = BatchSpanProcessor(Encoder(), max_queue_size=50 * REQUESTS)
    return Spans(everything, Resource({}))


def _least(make: Callable[[], Spans | None], flags: str) -> float:
    """Return microseconds of CPU an identification: the best round. What else runs can only add."""
    return min(_microseconds(make(), flags) for _ in range(ROUNDS))


def _microseconds(spans: Spans | None, flags: str) -> float:
    tracing.Tracing.spans = spans
    began = process_time_ns()
    for _ in range(REQUESTS):
        identification(f"00-{TRACE}-{flags}")
    tracing.stop()
    return (process_time_ns() - began) / REQUESTS / 1000


if __name__ == "__main__":
    main()
