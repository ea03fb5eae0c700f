"""Spans: of which request, below which other, and what they say; and nothing where nobody asks."""

import asyncio
import subprocess
import sys

import pytest
import structlog
from opentelemetry.sdk.trace import Span
from opentelemetry.trace import StatusCode

from deployments import spans, tracing
from deployments.errors import DeadlineExceeded, NotFound, Unavailable
from deployments.messages.sharing import Origin
from deployments.spans import REQUEST_ID
from tests.recorded import Recorded, identity, recording, told

TRACE, PARENT = "ab" * 16, "cd" * 8
CALLER = f"00-{TRACE}-{PARENT}-01"
UNSAMPLED = f"00-{TRACE}-{PARENT}-00"
RECEIVER = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        (RECEIVER, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True),
        (RECEIVER | {"OTEL_SDK_DISABLED": "TRUE"}, False),
        (RECEIVER | {"OTEL_TRACES_EXPORTER": "otlp"}, True),
        (RECEIVER | {"OTEL_TRACES_EXPORTER": "none"}, False),
        (RECEIVER | {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, True),
        (RECEIVER | {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, False),
        (
            RECEIVER
            | {
                "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
            },
            True,
        ),
    ],
)
def test_when_spans_are_wanted(environment: dict[str, str], wanted: bool) -> None:
    """A receiver is named that speaks what we speak, and nothing switches them off."""
    with structlog.testing.capture_logs() as lines:
        assert tracing.wanted(environment) is wanted
    assert lines == []


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, 0.0),
        (RECEIVER, 5.5),
        (RECEIVER | {"OTEL_BSP_SCHEDULE_DELAY": "2000"}, 2.5),
        (RECEIVER | {"OTEL_BSP_SCHEDULE_DELAY": "60000"}, 5.5),
        (RECEIVER | {"OTEL_BSP_SCHEDULE_DELAY": "soon"}, 5.5),
    ],
)
def test_how_long_the_last_spans_take(environment: dict[str, str], seconds: float) -> None:
    """As long as a replica gathers them, and a moment; no longer than a bound, or not at all."""
    assert tracing.gathering_seconds(environment) == seconds


def test_a_protocol_we_do_not_speak_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever named a receiver for gRPC learns from the log why it gets nothing."""
    for name, value in (RECEIVER | {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}).items():
        monkeypatch.setenv(name, value)
    with structlog.testing.capture_logs() as lines:
        tracing.start("Ingress")

    assert [(line["event"], line["protocol"]) for line in lines] == [("no traces", "grpc")]
    assert tracing.Tracing.spans is None


def test_without_a_receiver_nothing_is_loaded() -> None:
    """Neither the SDK nor the exporter, in a process that is told to start."""
    program = (
        "import sys; from deployments import tracing; tracing.start('Ingress'); "
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={}
    )
    assert ran.stdout == "[]\n"


def test_without_a_receiver_work_is_still_for_a_request() -> None:
    """Its id goes to the other nodes and onto their lines; nothing else does."""
    with tracing.request("a-request", CALLER, "GET"), tracing.span("x"), tracing.call("y"):
        asked = tracing.origin()
        assert tracing.trace_id() is None
        assert tracing.here() is None
    with (
        tracing.received("matcher.ping", asked),
        tracing.stage("detect", [asked]),
        tracing.batch([(None, 1.0)]),
    ):
        tracing.queried("q", 1.0, None)
        tracing.waited(1.0)
        tracing.answered("GET", "/", 200, None)
        bound = structlog.contextvars.get_contextvars()

    assert asked == Origin("a-request", None)
    assert bound == {"request_id": "a-request"}
    assert structlog.contextvars.get_contextvars() == {}
    assert tracing.origin() is None


async def test_the_tree_of_a_request(recorded: Recorded) -> None:
    """From the caller's span through what another node does for it, each below the one before."""

    async def find(_number: int, *, budget: float) -> Origin | None:
        assert budget == 1
        tracing.queried("search.find_nearest", 0.001, None)
        await asyncio.sleep(0)
        return tracing.origin()

    search = tracing.told_the_origin(find, "matcher.search")
    with tracing.request("a-request", CALLER, "POST"):
        with tracing.span("admission"):
            pass
        with tracing.call("matcher.search"):
            asked = tracing.origin()
            further = await search(1, origin=asked, budget=1)
        assert tracing.trace_id() == TRACE
        tracing.answered("POST", "/v1/faces/{id}", 200, None)

    assert recorded.names() == [
        "admission",
        "search.find_nearest",
        "matcher.search",
        "matcher.search",
        "POST /v1/faces/{id}",
    ]
    served, asking, top = recorded.all()[2:]
    assert top.parent is not None
    assert (top.parent.trace_id, top.parent.span_id) == (int(TRACE, 16), int(PARENT, 16))
    below = [("admission", top.name), ("search.find_nearest", "matcher.search")]
    assert recorded.parents()[:2] == below
    assert (served.parent and served.parent.span_id) == identity(asking)[1]
    assert (asking.parent and asking.parent.span_id) == identity(top)[1]
    assert {identity(each)[0] for each in recorded.all()} == {int(TRACE, 16)}
    assert {(each.attributes or {})[REQUEST_ID] for each in recorded.all()} == {"a-request"}
    assert further == Origin("a-request", f"00-{TRACE}-{identity(served)[1]:016x}-01")


async def test_a_method_that_calls_another_of_its_node(recorded: Recorded) -> None:
    """Only what another node asked for is a span."""

    async def inner() -> str:
        return "found"

    within = tracing.told_the_origin(inner, "matcher.search")

    async def outer() -> str:
        return str(await within())

    identify = tracing.told_the_origin(outer, "matcher.identify")

    assert await identify(origin=Origin("a-request", CALLER)) == "found"
    assert recorded.names() == ["matcher.identify"]


def test_a_request_is_served_once(recorded: Recorded) -> None:
    """Where guard and application both say that they serve it, it is one span."""
    with tracing.request("a-request", None, "GET"), tracing.request("another", None, "GET"):
        asked = tracing.origin()

    assert (asked and asked.request_id) == "a-request"
    assert recorded.names() == ["GET"]
    assert recorded.one("GET").parent is None


def test_what_is_done_for_no_request_is_no_span(recorded: Recorded) -> None:
    """Neither what the service does by itself, nor a call that comes without an origin."""
    with (
        tracing.span("x"),
        tracing.call("y"),
        tracing.received("z", None),
        tracing.received("z", Origin("a-request")),
        tracing.stage("detect", [None, Origin("a-request")]),
        tracing.batch([(None, 0.1)]),
    ):
        tracing.queried("accounts.find", 0.001, None)
        tracing.waited(0.001)

    assert recorded.names() == []


def test_a_caller_who_does_not_record(recorded: Recorded) -> None:
    """Their trace goes on unrecorded, in the other nodes too."""
    with tracing.request("a-request", UNSAMPLED, "GET"), tracing.span("admission"):
        asked = tracing.origin()
        assert tracing.trace_id() == TRACE
        assert tracing.here() is None
    with tracing.received("embedder.analyse", asked), tracing.stage("detect", [asked]):
        tracing.queried("x", 0.1, None)

    assert asked is not None
    assert asked.traceparent is not None
    assert asked.traceparent.startswith(f"00-{TRACE}-")
    assert asked.traceparent.endswith("-00")
    assert recorded.names() == []


@pytest.mark.parametrize(("sampler", "kept"), [("always_off", 0), ("always_on", 1)])
def test_the_environment_samples(monkeypatch: pytest.MonkeyPatch, sampler: str, kept: int) -> None:
    """Which requests are recorded OpenTelemetry's own variables say."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", sampler)
    with recording() as recorded, tracing.request("a-request", None, "GET"):
        pass

    assert len(recorded.names()) == kept


def test_a_batch_and_its_photos(recorded: Recorded) -> None:
    """A span of its own, linked to each recorded photo's; each of them says what it waited."""
    photos = []
    for number in range(2):
        with tracing.received("embedder.analyse", Origin(f"request-{number}", CALLER)):
            photos.append((tracing.here(), 0.25))
    with tracing.batch([*photos, (None, 0.5)]):
        pass
    batch = recorded.one("batch")
    queues = [each for each in recorded.all() if each.name == "queue"]

    assert batch.parent is None
    assert told(batch) == {"facegraph.batch.size": 3}
    assert (batch.attributes or {})[REQUEST_ID] == ("request-0", "request-1")
    assert [(link.attributes or {})[REQUEST_ID] for link in batch.links] == [
        "request-0",
        "request-1",
    ]
    assert [link.context.span_id for link in batch.links] == [
        span.get_span_context().span_id for span, _ in photos if isinstance(span, Span)
    ]
    assert [(each.end_time or 0) - (each.start_time or 0) > 0.25e9 - 1 for each in queues] == [
        True,
        True,
    ]


def test_a_stage_of_several_photos(recorded: Recorded) -> None:
    """What runs for many at once is a span of each, below its own."""
    origins = [Origin(f"request-{number}", f"00-{TRACE}-{number:016x}-01") for number in (1, 2)]
    with tracing.stage("detect", [*origins, None]):
        pass

    assert [each.parent.span_id for each in recorded.all() if each.parent] == [1, 2]
    assert [(each.attributes or {})[REQUEST_ID] for each in recorded.all()] == [
        "request-1",
        "request-2",
    ]


def test_what_failed_for_several(recorded: Recorded) -> None:
    """One photo's error is written on nobody's span: each is looked at again by itself."""
    origins = [Origin(f"request-{number}", f"00-{TRACE}-{number:016x}-01") for number in (1, 2)]
    with pytest.raises(ValueError, match="secret"), tracing.stage("detect", origins):
        raise ValueError("secret")

    assert [told(each) for each in recorded.all()] == [{}, {}]
    assert {each.status.status_code for each in recorded.all()} == {StatusCode.UNSET}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("secret"), StatusCode.UNSET),
        (Unavailable("secret"), StatusCode.ERROR),
        (DeadlineExceeded("secret"), StatusCode.ERROR),
        (ValueError("secret"), StatusCode.ERROR),
        (asyncio.CancelledError("secret"), StatusCode.UNSET),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_failed(recorded: Recorded, error: BaseException, status: StatusCode) -> None:
    """A span says the type of what ended it, never its message; an answer is no failure."""
    origin = Origin("a-request", CALLER)
    with pytest.raises(type(error)), tracing.stage("decode", [origin]):
        raise error
    with tracing.received("matcher.verify", origin):
        tracing.queried("search.compare_identity", 0.1, error)
    with pytest.raises(type(error)), tracing.received("matcher.erase", origin):
        raise error
    failed = [each for each in recorded.all() if each.name != "matcher.verify"]

    assert [each.status.status_code for each in failed] == [status] * 3
    assert {(each.attributes or {})["error.type"] for each in failed} == {type(error).__name__}
    assert "secret" not in "".join(each.to_json() for each in recorded.all())


@pytest.mark.parametrize(
    ("method", "route", "status", "code", "name", "expected"),
    [
        ("GET", "/v1/models", 200, None, "GET /v1/models", {}),
        ("GET", None, 404, "not_found", "GET", {"facegraph.problem": "not_found"}),
        ("PROPFIND", None, 405, None, "HTTP", {}),
        (
            "POST",
            "/x",
            503,
            "unavailable",
            "POST /x",
            {"facegraph.problem": "unavailable", "error.type": "unavailable"},
        ),
    ],
)
def test_how_it_was_answered(
    recorded: Recorded,
    method: str,
    route: str | None,
    status: int,
    code: str | None,
    name: str,
    expected: dict[str, str],
) -> None:
    """By the semantic conventions for HTTP, and the code of the problem besides; never a path."""
    with tracing.request("a-request", None, method):
        tracing.answered(method, route, status, code)
    span = recorded.one(name)

    assert told(span) == expected | {
        "http.request.method": method if method != "PROPFIND" else "_OTHER",
        "http.response.status_code": status,
        "url.scheme": "http",
    } | ({"http.route": route} if route else {})
    assert (span.status.status_code is StatusCode.ERROR) is (status >= 500)


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({}, "facegraph"),
        ({"OTEL_SERVICE_NAME": "desk"}, "desk"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=desk,deployment.environment.name=x"}, "desk"),
    ],
)
def test_who_made_the_spans(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], name: str
) -> None:
    """The service is called what the environment calls it, and each node says which it is."""
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    attributes = spans.resource_of("Embedder").attributes

    assert attributes["service.name"] == name
    assert attributes["facegraph.deployment"] == "Embedder"


def test_starting_and_stopping(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that is told of a receiver makes spans until it is stopped, once or twice."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    tracing.start("Ingress")
    made = tracing.Tracing.spans
    tracing.stop()
    tracing.stop()

    assert isinstance(made, spans.Spans)
    assert tracing.Tracing.spans is None
