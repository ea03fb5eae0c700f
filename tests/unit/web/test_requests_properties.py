"""Requests of any kind at the application: answered as the table says, and never a bug of ours."""

import base64
import json
from typing import Any
from urllib.parse import quote_from_bytes

from hypothesis import example, given
from hypothesis import strategies as st

from deployments.web.access import RULES
from deployments.web.guard import Guard
from tests.unit.web.conftest import Service
from tests.unit.web.raw import Answer, Headers, ask, documented

JSON = (b"content-type", b"application/json")
FORM = (b"content-type", b"application/x-www-form-urlencoded")
READERS = ["/v1/collections", "/v1/users", "/v1/auth/refresh", "/v1/users/me/password"]
LISTS = [path for method, path in RULES if method == "GET" and "{" not in path]
CHANGES = ["/v1/users/ada", "/v1/collections/default"]
HEADERS = [
    *(b"authorization", b"content-type", b"content-length", b"x-request-id", b"traceparent"),
    *(b"x-request-timeout-seconds", b"accept", b"host", b"x-forwarded-for", b"expect", b"range"),
]
FIELDS = [
    *("id", "name", "description", "metadata", "quality", "username", "password", "role"),
    *("collections", "scopes", "disabled", "refresh_token", "current_password", "new_password"),
    *("display_name", "consent", "given_at", "__proto__", "constructor", "toString"),
]

texts = st.text(st.characters()) | st.sampled_from(["\ud800", "\0", "\x1b[2J", "{number}", "%s"])
numbers = st.integers() | st.floats() | st.integers(-(10**400), 10**400)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
bodies = st.dictionaries(st.sampled_from(FIELDS) | texts, values, max_size=8).map(json.dumps)
encodings = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1"])
encoded = st.builds(lambda text, to: text.encode(to, "replace"), bodies, encodings)


async def asked(
    shared: Service, method: str, target: bytes, headers: Headers = (), body: bytes = b""
) -> Answer:
    """Ask as an administrator, through the guard."""
    who = (b"authorization", shared.admin["authorization"].encode())
    guarded = Guard(shared.application, 2**20, 5)
    return await ask(guarded, method, target, [who, *headers], [body])


@given(st.sampled_from(READERS), encoded | st.binary())
@example("/v1/collections", b'{"id": "a", "id": "b", "name": "twice"}')
@example("/v1/collections", b'{"id": "c", "name": ' + b"9" * 5000 + b"}")
@example("/v1/collections", b'{"id": "d", "name": "e", "metadata": {"x": 1e999}}')
@example("/v1/auth/refresh", b'{"refresh_token": "\\ud800"}')
async def test_any_body(shared: Service, path: str, body: bytes) -> None:
    """A JSON route takes any bytes, JSON or not, in any encoding."""
    assert documented(await asked(shared, "POST", path.encode(), [JSON], body))


@given(st.sampled_from(CHANGES), encoded)
async def test_any_change(shared: Service, path: str, body: bytes) -> None:
    """So does one that changes something."""
    shared.register.add("ada", "verifier")

    assert documented(await asked(shared, "PATCH", path.encode(), [JSON], body))


@given(st.binary() | st.text().map(lambda text: b"username=a&password=" + text.encode()))
@example(b"username=%00&password=%ff")
@example(b"username=a" * 2000)
@example(b"username[__proto__]=a&password=b&username=c&username=d")
async def test_any_log_in(shared: Service, body: bytes) -> None:
    """Nobody logs in by accident, whatever the form holds."""
    answer = await asked(shared, "POST", b"/v1/auth/token", [FORM], body)

    assert documented(answer)
    assert answer.status >= 400


@given(st.sampled_from(LISTS), st.binary().map(quote_from_bytes) | st.text("&=;%#+[]limtcursoe01"))
async def test_any_query(shared: Service, path: str, query: str) -> None:
    """A query is read or refused, however it is put together."""
    target = path.encode() + b"?" + query.encode()

    assert documented(await asked(shared, "GET", target))


@given(
    st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "TRACE", "OPTIONS", "BREW"]),
    st.lists(
        st.binary(max_size=20).map(lambda raw: quote_from_bytes(raw, safe=""))
        | st.sampled_from(["v1", "collections", "default", "identities", "users", "..", "%2e%2e"])
        | st.sampled_from(["%2F", "%00", "%0d%0a", "%", "a" * 5000, ".", "{collection}", "%ED%A0"]),
        max_size=7,
    ),
)
async def test_any_path(shared: Service, method: str, segments: list[str]) -> None:
    """A path leads to its route or to nothing, and only over a route to anything that is there."""
    answer = await asked(shared, method, b"/" + "/".join(segments).encode())

    assert documented(answer)
    assert answer.status < 300 or answer.status >= 400


@given(st.lists(st.tuples(st.sampled_from(HEADERS), st.binary(max_size=60)), max_size=6))
async def test_any_header(shared: Service, headers: list[tuple[bytes, bytes]]) -> None:
    """Headers of any value, given once or many times, are acted on or ignored."""
    assert documented(await ask(shared.application, "GET", b"/v1/users/me", headers))


segments_of_tokens = st.one_of(
    st.binary(max_size=40),
    st.builds(lambda value: json.dumps(value).encode(), values),
    st.integers(1, 4000).map(lambda depth: b"[" * depth),
    st.fixed_dictionaries({"alg": st.sampled_from(["none", "HS256", "RS256"]) | values}).map(
        lambda header: json.dumps(header).encode()
    ),
)


@given(st.lists(segments_of_tokens, min_size=1, max_size=4))
@example([b"[" * 4000, b"{}", b"x"])
async def test_any_token(shared: Service, segments: list[bytes]) -> None:
    """A token that is not ours is refused for it, whatever it is made of."""
    parts = [base64.urlsafe_b64encode(segment).rstrip(b"=") for segment in segments]
    headers: Any = [(b"authorization", b"Bearer " + b".".join(parts))]
    answer = await ask(shared.application, "GET", b"/v1/users/me", headers)

    assert (answer.status, answer.code) == (401, "unauthenticated")
