"""The span of a request, with the guard before the application and without it."""

import asyncio
import json
from typing import Any

import pytest
import structlog
from opentelemetry.trace import StatusCode

from deployments.spans import REQUEST_ID
from tests.recorded import Recorded, told
from tests.unit.web.conftest import Service
from tests.unit.web.test_door import Exchange, bearing, exchange, guarded

TRACE = "ab" * 16
CALLER = (b"traceparent", f"00-{TRACE}-{'cd' * 8}-01".encode())
ID = (b"x-request-id", b"my-own-id")
PATH, ROUTE = "/v1/collections/default/identify", "/v1/collections/{collection}/identify"
PHOTO = [(b"content-type", b"image/jpeg")]


async def test_one_request(service: Service, recorded: Recorded) -> None:
    """Below its caller's span, by its template, with what was admitted and read below it."""
    headers = [*bearing(service.admin), *PHOTO, CALLER, ID]
    with structlog.testing.capture_logs() as lines:
        made = await exchange(guarded(service), ("POST", PATH), headers, b"photo")
    span = recorded.one(f"POST {ROUTE}")

    assert made.status == 200
    below = [("admission", span.name), ("body", span.name), (span.name, None)]
    assert recorded.parents() == below
    assert {(each.attributes or {})[REQUEST_ID] for each in recorded.all()} == {"my-own-id"}
    assert told(span) == {
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "http.route": ROUTE,
        "url.scheme": "http",
    }
    assert [line["trace_id"] for line in lines] == [TRACE]
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == TRACE
    assert PATH not in json.dumps([json.loads(each.to_json()) for each in recorded.all()])


async def test_without_a_guard(service: Service, recorded: Recorded) -> None:
    """Where nobody stands before the application it makes the span itself, and its own trace."""
    with structlog.testing.capture_logs() as lines:
        await service.client.get("/v1/models", headers=service.admin)
    span = recorded.one("GET /v1/models")

    assert span.parent is None
    assert span.context is not None
    assert [line["trace_id"] for line in lines] == [f"{span.context.trace_id:032x}"]


@pytest.mark.parametrize(
    ("role", "path", "status", "code", "name"),
    [
        (None, PATH, 401, "unauthenticated", f"POST {ROUTE}"),
        ("auditor", PATH, 403, "forbidden", f"POST {ROUTE}"),
        ("verifier", "/v1/somebody", 404, "not_found", "POST"),
    ],
)
async def test_a_refused_one(
    service: Service,
    recorded: Recorded,
    role: Any,
    path: str,
    status: int,
    code: str,
    name: str,
) -> None:
    """One span and its admission, which is no failure of the service."""
    who = bearing(service.token(role)) if role else []
    with structlog.testing.capture_logs() as lines:
        await exchange(guarded(service), ("POST", path), [*who, CALLER, ID], b"x")
    span = recorded.one(name)

    assert recorded.parents() == [("admission", name), (name, None)]
    assert told(span)["http.response.status_code"] == status
    assert told(span)["facegraph.problem"] == code
    assert span.status.status_code is StatusCode.UNSET
    assert [line["trace_id"] for line in lines] == [TRACE]
    assert "somebody" not in "".join(each.to_json() for each in recorded.all())


async def test_a_bug(service: Service, recorded: Recorded) -> None:
    """An answer that is the service's fault is an error, by its code alone."""
    service.photographs.shows[b"wall"] = RuntimeError("secret")  # type: ignore[assignment]
    await exchange(guarded(service), ("POST", PATH), [*bearing(service.admin), *PHOTO], b"wall")
    span = recorded.one(f"POST {ROUTE}")

    assert span.status.status_code is StatusCode.ERROR
    assert told(span)["error.type"] == told(span)["facegraph.problem"] == "internal"
    assert "secret" not in "".join(each.to_json() for each in recorded.all())


async def test_a_caller_who_left(service: Service, recorded: Recorded) -> None:
    """While the body was read: the span says so as the log would."""

    class Left(Exchange):
        async def receive(self) -> dict[str, Any]:
            return {"type": "http.disconnect"}

    guard, made = guarded(service), Left()
    scope = {"type": "http", "method": "POST", "path": PATH, "query_string": b""}
    await guard(scope | {"headers": bearing(service.admin)}, made.receive, made.send)

    assert told(recorded.one(f"POST {ROUTE}"))["http.response.status_code"] == 499


async def test_requests_beside_each_other(service: Service, recorded: Recorded) -> None:
    """Each has its own trace, and its own id on every span."""
    guard, who = guarded(service), bearing(service.admin)
    await asyncio.gather(
        *(
            exchange(
                guard,
                ("POST", PATH),
                [*who, *PHOTO, (b"x-request-id", f"request-{number}".encode())],
                b"photo",
            )
            for number in range(5)
        )
    )
    found = {
        (each.context and each.context.trace_id, (each.attributes or {})[REQUEST_ID])
        for each in recorded.all()
    }

    assert len(found) == 5
    assert {identifier for _, identifier in found} == {f"request-{number}" for number in range(5)}
