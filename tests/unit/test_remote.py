"""Other nodes as the ingress calls them, over handles that answer what the test says."""

import asyncio
from collections.abc import AsyncIterator, Generator
from dataclasses import replace
from typing import Any

import pytest
import structlog
from grpc import StatusCode
from grpc.aio import AioRpcError, Metadata
from ray.exceptions import ActorDiedError, NodeDiedError, RayActorError, RayTaskError
from ray.serve._private.common import DeploymentID
from ray.serve.exceptions import (
    BackPressureError,
    DeploymentUnavailableError,
    ReplicaUnavailableError,
)

from deployments import breaker as breaker_module
from deployments import remote, tracing
from deployments.errors import DeadlineExceeded, NotFound, Overloaded, Unavailable
from deployments.messages.embedder import Photo
from deployments.messages.sharing import Origin
from deployments.remote import Remote, RemoteEmbedder, RemoteMatcher
from tests.recorded import Recorded, identity, told

PHOTO = Photo(b"photo")
SILENCE = object()


def broken(code: StatusCode) -> AioRpcError:
    """Return what gRPC raises where a call did not come through."""
    return AioRpcError(code, Metadata(), Metadata())


class Response:
    """One call under way."""

    def __init__(self, outcome: object) -> None:
        self.cancelled = False
        self._outcome = outcome

    def __await__(self) -> Generator[Any, None, object]:
        if self._outcome is SILENCE:
            return (yield from asyncio.get_running_loop().create_future())
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        return self._outcome

    def cancel(self) -> None:
        """Take the call back."""
        self.cancelled = True


class Handle:
    """A node of which is known beforehand how each call ends; the last end is that of the rest."""

    def __init__(self, *outcomes: object) -> None:
        self._outcomes = list(outcomes)
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.responses: list[Response] = []
        self.was_called = asyncio.Event()

    def options(self, method_name: str, **_: str) -> "Method":
        """Return one of its methods."""
        return Method(self, method_name)

    def called(self, name: str, arguments: tuple[Any, ...], told: dict[str, Any]) -> Response:
        """Note a call and begin it."""
        self.calls.append((name, arguments, told))
        self.was_called.set()
        last = len(self._outcomes) == 1
        self.responses.append(Response(self._outcomes[0] if last else self._outcomes.pop(0)))
        return self.responses[-1]


class Method:
    """A method of a node, as a handle has it."""

    def __init__(self, handle: Handle, name: str) -> None:
        self._handle = handle
        self._name = name

    def remote(self, *arguments: Any, **told: Any) -> Response:
        """Call it."""
        return self._handle.called(self._name, arguments, told)


@pytest.fixture(autouse=True)
async def quiet() -> AsyncIterator[None]:
    """Keep what breakers say out of the output."""
    with structlog.testing.capture_logs():
        yield


async def test_what_a_node_answers() -> None:
    """The answer comes back, and the node is told the arguments alone."""
    handle = Handle("an answer")

    assert await Remote(handle, "node").method(1, 2, budget=5) == "an answer"
    assert handle.calls == [("method", (1, 2), {})]


async def test_the_matcher_is_told_the_budget() -> None:
    """It drops what is late, for which it has to know how long its caller waits."""
    handle = Handle("an answer")
    await RemoteMatcher(handle, "matcher").identity("default", "ada", budget=5)

    assert handle.calls == [("identity", ("default", "ada"), {"budget": 5})]


async def test_nodes_are_told_for_which_request() -> None:
    """Matcher and Embedder hear its id with whatever they are asked, and others do not."""
    handle = Handle("an answer")
    with tracing.request("a-request", None, "GET"):
        await RemoteMatcher(handle, "matcher").ping(budget=5)
        await RemoteEmbedder(handle, "embedder").analyse(PHOTO, budget=5)
        await Remote(handle, "limiter").take(budget=5)
    origin = Origin("a-request")

    assert handle.calls == [
        ("ping", (), {"budget": 5, "origin": origin}),
        ("analyse", (replace(PHOTO, origin=origin), 5), {}),
        ("take", (), {}),
    ]


async def test_each_call_is_a_span(recorded: Recorded) -> None:
    """Also the second one for a photo; each node is told of the span in which it is asked."""
    handle = Handle(RayActorError(), "an analysis")
    with tracing.request("a-request", None, "GET"):
        await RemoteEmbedder(handle, "embedder").analyse(PHOTO, budget=5)
    calls = [each for each in recorded.all() if each.name == "embedder.analyse"]

    assert [told(each).get("error.type") for each in calls] == ["Lost", None]
    assert [arguments[0].origin.traceparent.split("-")[2] for _, arguments, _ in handle.calls] == [
        f"{identity(each)[1]:016x}" for each in calls
    ]


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (NotFound("x"), NotFound),
        (Overloaded("x"), Overloaded),
        (RayTaskError("f", "a traceback", NotFound("x")), NotFound),
        (RayTaskError("f", "a traceback", NotFound("x")).as_instanceof_cause(), NotFound),
        (BackPressureError(256, 256), Overloaded),
        (RayActorError(), Unavailable),
        (ActorDiedError(), Unavailable),
        (NodeDiedError("x"), Unavailable),
        (ReplicaUnavailableError("x"), Unavailable),
        (DeploymentUnavailableError(DeploymentID("x")), Unavailable),
        (broken(StatusCode.UNAVAILABLE), Unavailable),
        (broken(StatusCode.INTERNAL), Unavailable),
        (broken(StatusCode.CANCELLED), Unavailable),
        # A replica that is ended while it works answers so, and its caller was not cancelled.
        (asyncio.CancelledError(), Unavailable),
        (ValueError("a bug"), ValueError),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
async def test_errors_are_told_in_the_domains_words(
    raised: BaseException, told: type[Exception]
) -> None:
    """What the node says goes on as it is; what Ray says of it becomes one of ours, never a bug."""
    with pytest.raises(told) as error:
        await Remote(Handle(raised), "node").method(budget=5)

    assert isinstance(error.value, told)


async def test_the_budget_is_spent() -> None:
    """The caller hears of it, and the call is taken back."""
    handle = Handle(SILENCE)
    with pytest.raises(DeadlineExceeded):
        await Remote(handle, "node").method(budget=0.001)

    assert handle.responses[0].cancelled


async def test_the_caller_left() -> None:
    """Whoever is cancelled takes the call back and is cancelled."""
    handle = Handle(SILENCE)
    call = asyncio.ensure_future(Remote(handle, "node").method(budget=5))
    await handle.was_called.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert handle.responses[0].cancelled


async def test_a_photo_whose_replica_died_is_looked_at_once_more() -> None:
    """By another one, in the time that is left."""
    handle = Handle(RayActorError(), "an analysis")

    found: object = await RemoteEmbedder(handle, "embedder").analyse(PHOTO, budget=5)

    assert found == "an analysis"
    (first, second) = (arguments[1] for _, arguments, _ in handle.calls)
    assert second < first == 5


async def test_a_photo_is_not_looked_at_a_third_time() -> None:
    """One that kills replicas is told as what it did, and goes no further."""
    handle = Handle(RayActorError())
    with pytest.raises(Unavailable):
        await RemoteEmbedder(handle, "embedder").analyse(PHOTO, budget=5)

    assert len(handle.calls) == 2


@pytest.mark.parametrize("method", ["enrol", "erase", "verify", "add_faces"])
async def test_writes_are_never_repeated(method: str) -> None:
    """Whether the replica that died had done its work nobody knows."""
    handle = Handle(RayActorError(), "done")
    with pytest.raises(Unavailable):
        await getattr(RemoteMatcher(handle, "matcher"), method)(budget=5)

    assert len(handle.calls) == 1


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let breakers lose their patience at once."""
    monkeypatch.setattr(breaker_module, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(breaker_module, "PROBE_SECONDS", 0.05)
    monkeypatch.setattr(remote, "CROWDED_SECONDS", 0.001)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    "outcome", [SILENCE, RayActorError(), BackPressureError(256, 256)], ids=["silence", "", "full"]
)
async def test_a_node_that_is_away(outcome: object) -> None:
    """It is asked its question, and when that is not answered either it is called no more.

    A queue before it that stays full is no answer; those who wait in it are told as well.
    """
    handle = Handle(SILENCE, outcome)
    node = RemoteEmbedder.guarded(handle, "embedder", "card")
    with pytest.raises(Unavailable):
        await node.analyse(PHOTO, budget=5)
    asked = [name for name, _, _ in handle.calls].count("analyse")
    with pytest.raises(Unavailable):
        await node.analyse(PHOTO, budget=5)

    assert [name for name, _, _ in handle.calls].count("analyse") == asked
    assert handle.responses[0].cancelled


@pytest.mark.usefixtures("hasty")
async def test_a_node_that_is_crowded() -> None:
    """Where its queue is full for a moment the question waits for its turn, and is answered."""
    handle = Handle(SILENCE, BackPressureError(256, 256), "a card")
    call = asyncio.ensure_future(
        RemoteEmbedder.guarded(handle, "embedder", "card").analyse(PHOTO, budget=0.3)
    )
    with pytest.raises(DeadlineExceeded):
        await call

    assert [name for name, _, _ in handle.calls][:3] == ["analyse", "card", "card"]
