"""Pages of other origins: closed by default, open to those the operator names."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import ASGIApp

from config.settings import settings
from deployments.web.guard import middlewares
from tests.unit.web.conftest import Service

DESK = "https://desk.example.org"
IDENTIFY = "/v1/collections/default/identify"
PREFLIGHT = {
    "origin": DESK,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization, content-type",
}


def served(service: Service) -> httpx.AsyncClient:
    """Return a client of the application as Ray Serve wraps it: the last is the outermost."""
    wrapped: ASGIApp = service.application
    for each in middlewares():
        wrapped = each.cls(wrapped, *each.args, **each.kwargs)
    return httpx.AsyncClient(transport=httpx.ASGITransport(wrapped), base_url="http://served")


@pytest.fixture
async def closed(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of the service as it is shipped."""
    monkeypatch.delenv("FACEGRAPH_CORS_ORIGINS", raising=False)
    settings.cache_clear()
    async with served(service) as client:
        yield client
    settings.cache_clear()


@pytest.fixture
async def opened(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of a service that one origin may read from."""
    monkeypatch.setenv("FACEGRAPH_CORS_ORIGINS", f"{DESK}, http://localhost:3000")
    monkeypatch.setenv("FACEGRAPH_MAX_BODY_BYTES", "100")
    settings.cache_clear()
    async with served(service) as client:
        yield client
    settings.cache_clear()


def shared(answer: httpx.Response) -> dict[str, str]:
    """Return what an answer says of other origins."""
    said = {name: value for name, value in answer.headers.items() if name.startswith("access-")}
    assert all(len(answer.headers.get_list(name)) == 1 for name in said)
    return said


async def test_closed_by_default(closed: httpx.AsyncClient) -> None:
    """Without a word of the operator no page of another origin may read or send anything."""
    asked = await closed.options(IDENTIFY, headers=PREFLIGHT)
    read = await closed.get("/v1/health/live", headers={"origin": DESK})

    assert (asked.status_code, asked.json()["code"]) == (405, "method_not_allowed")
    assert (shared(asked), shared(read)) == ({}, {})


async def test_a_named_origin_may_ask(opened: httpx.AsyncClient) -> None:
    """A preflight names methods and headers, and is dressed like every other answer."""
    answer = await opened.options(IDENTIFY, headers=PREFLIGHT | {"x-request-id": "my-own-id"})
    said = shared(answer)

    assert answer.status_code == 200
    assert said["access-control-allow-origin"] == DESK
    assert said["access-control-allow-methods"] == "GET, POST, PUT, PATCH, DELETE"
    assert "Authorization" in said["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in said
    assert answer.headers["x-request-id"] == "my-own-id"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["server-timing"].startswith("total;dur=")


@pytest.mark.parametrize(
    "asked",
    [
        {"origin": "https://elsewhere.example.org"},
        {"origin": f"{DESK}.example.com"},
        {"origin": "null"},
        {"access-control-request-method": "TRACE"},
        {"access-control-request-headers": "x-facegraph-edge"},
    ],
)
async def test_what_was_not_named_may_not(opened: httpx.AsyncClient, asked: dict[str, str]) -> None:
    """Another origin, method or header is refused with a problem, and named nowhere."""
    answer = await opened.options(IDENTIFY, headers=PREFLIGHT | asked)

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert answer.headers["content-type"] == "application/problem+json"
    assert shared(answer) == {}


@pytest.mark.parametrize(
    ("method", "path", "size", "status"),
    [
        ("GET", "/v1/health/live", 0, 200),
        ("GET", "/v1/models", 0, 401),
        ("POST", IDENTIFY, 101, 413),
    ],
)
async def test_a_named_origin_reads_every_answer(
    opened: httpx.AsyncClient, method: str, path: str, size: int, status: int
) -> None:
    """Refusals of the guard can be read too, and the headers that tell when to come back."""
    answer = await opened.request(method, path, headers={"origin": DESK}, content=bytes(size))

    assert answer.status_code == status
    assert shared(answer) == {
        "access-control-allow-origin": DESK,
        "access-control-expose-headers": "X-Request-ID, Server-Timing, Retry-After, RateLimit, "
        "RateLimit-Policy",
    }


async def test_another_origin_reads_nothing(opened: httpx.AsyncClient) -> None:
    """The answer to a page that was not named does not name it."""
    answer = await opened.get("/v1/health/live", headers={"origin": "https://elsewhere.org"})

    assert "access-control-allow-origin" not in answer.headers
