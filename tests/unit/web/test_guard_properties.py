"""The guard: however a body arrives and whatever its head says, it goes on whole or not at all."""

import json

from hypothesis import example, given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deployments.web.guard import Guard
from deployments.web.problem import CLIENT_LEFT
from tests.unit.web.raw import ask, documented

LIMIT = 60


async def echo(request: Request) -> Response:
    """Answer with the body that arrived."""
    return Response(await request.body())


APPLICATION = Starlette(routes=[Route("/echo", echo, methods=["POST"])])
GUARDED = Guard(APPLICATION, max_body_bytes=LIMIT, body_timeout_seconds=5)

chunks = st.lists(st.binary(max_size=30), min_size=1, max_size=6)
lengths = st.one_of(
    st.integers(0, 100).map(lambda number: str(number).encode()),
    st.integers(1, 6000).map(lambda digits: b"9" * digits),
    st.binary(max_size=8),
    st.sampled_from([b"-1", b"+5", b"0x10", b"1e3", b" 5", b"5, 5", b"\xb2", b"1_0"]),
)
names = st.sampled_from(
    [b"x-request-id", b"x-request-timeout-seconds", b"authorization", b"transfer-encoding"]
)
headers = st.lists(st.tuples(names, st.binary(max_size=40)), max_size=5)
claims = st.lists(lengths, max_size=3).map(lambda values: [(b"content-length", v) for v in values])


@given(chunks, headers, claims)
@example([b""], [], [(b"content-length", b"9" * 5000)])
async def test_any_body(
    arriving: list[bytes], given_headers: list[tuple[bytes, bytes]], lies: list[tuple[bytes, bytes]]
) -> None:
    """One answer: the body whole and unchanged, or a refusal from the table."""
    answer = await ask(GUARDED, "POST", b"/echo", given_headers + lies, arriving)
    body = b"".join(arriving)

    assert documented(answer)
    assert answer.status in {200, 413, 401}
    assert answer.status != 200 or answer.body == body
    assert answer.status == 413 or len(body) <= LIMIT


@given(chunks)
async def test_honest_body(arriving: list[bytes]) -> None:
    """Its chunks decide nothing: what is within the limit goes through, what is over does not."""
    body = b"".join(arriving)
    length = [(b"content-length", str(len(body)).encode())]
    answer = await ask(GUARDED, "POST", b"/echo", length, arriving)

    assert answer.status == (200 if len(body) <= LIMIT else 413)


@given(st.binary(max_size=200))
async def test_any_request_id(identifier: bytes) -> None:
    """The id that is told is the caller's own or a new one, and never anything else of theirs."""
    answer = await ask(GUARDED, "POST", b"/echo", [(b"x-request-id", identifier)])

    told = answer.header(b"x-request-id")
    assert told == identifier or (len(told) == 32 and told.isalnum())


@given(st.integers(400, 599), st.integers(0, 10**9))
async def test_any_error_from_within(status: int, retry_after: int) -> None:
    """An answer in plain text becomes a problem, whatever it says about trying again.

    To a caller who left there is nothing to say.
    """

    async def plain(request: Request) -> Response:
        del request
        answer = Response(b"Traceback", status, media_type="text/plain")
        answer.raw_headers.append((b"retry-after", str(retry_after).encode()))
        return answer

    inner = Starlette(routes=[Route("/", plain)])
    answer = await ask(Guard(inner, LIMIT, 5), "GET", b"/")

    if status == CLIENT_LEFT:
        assert answer.body == b""
    else:
        assert json.loads(answer.body)["status"] == answer.status
    assert b"Traceback" not in answer.body
