"""The headers that protect every answer, and the page that needs a policy of its own."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import httpx
import pytest

from deployments.web.guard import Guard
from deployments.web.protection import policy_of_page
from deployments.web.routes.documentation import PAGE
from tests.unit.web.conftest import Service

EVERYWHERE = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}
NOTHING = "default-src 'none'; frame-ancestors 'none'"


async def ask(service: Service, method: str, path: str, size: int = 0) -> httpx.Response:
    """Return an answer of the application behind a guard that takes 100 bytes."""
    guarded = Guard(service.application, max_body_bytes=100, body_timeout_seconds=5)
    transport = httpx.ASGITransport(guarded)
    async with httpx.AsyncClient(transport=transport, base_url="http://guarded") as client:
        return await client.request(method, path, content=bytes(size))


@pytest.mark.parametrize(
    ("method", "path", "size", "status"),
    [
        ("GET", "/v1/health/live", 0, 200),
        ("GET", "/openapi.json", 0, 200),
        ("GET", "/v1/models", 0, 401),
        ("GET", "/nowhere", 0, 404),
        ("PUT", "/v1/models", 0, 405),
        ("OPTIONS", "/v1/models", 0, 405),
        ("POST", "/v1/auth/token", 101, 413),
    ],
)
async def test_every_answer_is_protected(
    service: Service, method: str, path: str, size: int, status: int
) -> None:
    """What the application answers and what the guard refuses wear each header once."""
    answer = await ask(service, method, path, size)
    worn = {name: answer.headers.get_list(name) for name in EVERYWHERE}

    assert answer.status_code == status
    assert worn == {name: [value] for name, value in EVERYWHERE.items()}
    assert answer.headers.get_list("content-security-policy") == [NOTHING]


async def test_a_bug_is_protected(service: Service) -> None:
    """The answer to what nobody expected wears them as well."""
    service.photographs.error = RuntimeError("a bug")
    answer = await service.client.get("/v1/models", headers=service.admin)

    assert answer.status_code == 500
    assert answer.headers["content-security-policy"] == NOTHING


class _Inline(HTMLParser):
    """Collects what stands in script and style, as a browser sees it."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}

    def handle_data(self, data: str) -> None:
        if self.lasttag in {"script", "style"} and self.lasttag not in self.texts:
            self.texts[self.lasttag] = data


async def test_the_page_runs_its_own_script_and_no_other(service: Service) -> None:
    """The policy of /docs names the digests of its script and style, and no place to load from."""
    answer = await ask(service, "GET", "/docs")
    (policy,) = answer.headers.get_list("content-security-policy")
    inline = _Inline()
    inline.feed(answer.text)
    digests = {
        tag: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for tag, text in inline.texts.items()
    }

    assert {name: answer.headers[name] for name in EVERYWHERE} == EVERYWHERE
    assert policy.split("; ")[:4] == [
        "default-src 'none'",
        f"script-src 'sha256-{digests['script']}'",
        f"style-src 'sha256-{digests['style']}'",
        "connect-src 'self'",
    ]


def test_the_page_needs_nothing_its_policy_forbids() -> None:
    """Neither attributes that are scripts or styles, nor anything from elsewhere."""
    assert not re.findall(r"""\s(?:on\w+|style|src)\s*=\s*["']""", PAGE)
    assert "//" not in re.sub(r"^\s*//.*$", "", PAGE, flags=re.MULTILINE)
    assert "unsafe" not in policy_of_page(PAGE)
