"""Requests that two servers may read differently, at the real edge: HAProxy, uvicorn, the guard."""

import re
import socket
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import pytest

from tests.acceptance.conftest import Running

SILENCE = 0.3  # Seconds; a second answer would follow the first at once.

HIDDEN = (
    b"GET /v1/health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    b"X-Request-ID: hidden-request\r\n\r\n"
)
BODY = b"username=a&password=b"
FORM = b"Host: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"


def post(headers: bytes, body: bytes) -> bytes:
    """Return a log-in whose length is told by these headers."""
    return b"POST /v1/auth/token HTTP/1.1\r\n" + FORM + headers + b"\r\n" + body


def chunked(size: bytes, headers: bytes = b"Transfer-Encoding: chunked\r\n") -> bytes:
    """Return a log-in in one chunk that says it has this size, with a request hidden behind it."""
    return post(headers, size + b"\r\n" + BODY + b"\r\n0\r\n\r\n" + HIDDEN)


def get(target: bytes = b"/v1/health/live", head: bytes = b"Host: x\r\n") -> bytes:
    """Return a request without a body, the last one of its connection."""
    return b"GET " + target + b" HTTP/1.1\r\nConnection: close\r\n" + head + b"\r\n"


SIZE = b"%x" % len(BODY)
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
BOTH = b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"
REQUESTS = {
    "both lengths": chunked(SIZE, BOTH),
    "both lengths, the body ends at once": post(LENGTH + BOTH[19:], b"0\r\n\r\n" + HIDDEN),
    "two different lengths": post(LENGTH + b"Content-Length: 0\r\n", BODY + HIDDEN),
    "a list of lengths": post(b"Content-Length: 0, 21\r\n", BODY + HIDDEN),
    "a length with a sign": post(b"Content-Length: +21\r\n", BODY + HIDDEN),
    "a negative length": post(b"Content-Length: -21\r\n", BODY + HIDDEN),
    "a length in hexadecimal": post(b"Content-Length: 0x15\r\n", BODY + HIDDEN),
    "a length of thousands of digits": post(b"Content-Length: " + b"9" * 5000 + b"\r\n", BODY),
    "an encoding nobody knows": chunked(SIZE, b"Transfer-Encoding: xchunked\r\n"),
    "an encoding after chunked": chunked(SIZE, b"Transfer-Encoding: chunked, identity\r\n"),
    "two encodings": chunked(SIZE, b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n"),
    "a space before the colon": chunked(SIZE, b"Transfer-Encoding : chunked\r\n"),
    "a control character before the value": chunked(SIZE, b"Transfer-Encoding: \x0bchunked\r\n"),
    "a size that is no number": chunked(b"ZZ"),
    "a negative size": chunked(b"-15"),
    "a size beyond all numbers": chunked(b"f" * 17),
    "a size too small": chunked(b"1"),
    "a folded header": get(head=b"Host: x\r\nX-Folded: one\r\n two\r\n"),
    "a header without a name": get(head=b"Host: x\r\n: nameless\r\n"),
    "a NUL in a header": get(head=b"Host: x\r\nX-Nul: a\0b\r\n"),
    "a bare return in a header": get(head=b"Host: x\r\nX-Bare: a\rTransfer-Encoding: chunked\r\n"),
    "two hosts": get(head=b"Host: x\r\nHost: y\r\n"),
    "no host": get(head=b""),
    "a whole address as the target": get(b"http://elsewhere.example/v1/health/live"),
    "a fragment in the target": get(b"/v1/health/live#/../../v1/users"),
    "a space in the target": get(b"/v1/health/ live"),
    "bytes in the target": get(b"/v1/\xff\xfe\x00"),
    "a long target": get(b"/v1/" + b"a" * 20_000),
    "a long head": get(head=b"Host: x\r\nX-Long: " + b"a" * 20_000 + b"\r\n"),
    "many headers": get(head=b"Host: x\r\n" + b"X-Many: a\r\n" * 1_000),
    "line feeds alone": b"GET /v1/health/live HTTP/1.1\nHost: x\n\n",
    "no version": b"GET /v1/health/live\r\n\r\n",
    "a version to come": b"GET /v1/health/live HTTP/7.5\r\nHost: x\r\n\r\n",
    "another protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a method nobody knows": b"BREW /v1/health/live HTTP/1.1\r\nHost: x\r\n\r\n",
    "an upgrade": get(head=b"Host: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"),
}


def answers(url: str, request: bytes, silence: float = SILENCE) -> bytes:
    """Send these bytes and return what comes back until the connection ends or falls silent."""
    parts = urlsplit(url)
    received = b""
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=10) as connection:
        connection.sendall(request)
        # The end of what we send would pass for a caller who left, so silence has to do.
        with suppress(ConnectionResetError, TimeoutError):
            while some := connection.recv(65536):
                received += some
                connection.settimeout(silence)
    return received


def statuses_in(received: bytes) -> list[int]:
    """Return the status of each answer, which need not begin a line of its own."""
    return [int(each) for each in re.findall(rb"HTTP/1\.[01] (\d{3}) ", received)]


@pytest.mark.parametrize("case", REQUESTS)
def test_one_reading(service: Running, case: str) -> None:
    """A request is answered once or not at all, without a 5xx; what hides in its body never is."""
    received = answers(service.url, REQUESTS[case])
    statuses = statuses_in(received)

    assert len(statuses) <= 1
    assert all(status < 500 for status in statuses)
    assert b"hidden-request" not in received
    assert httpx.get(f"{service.url}/v1/health/live").status_code == 200


def test_requests_in_a_row_are_answered_in_a_row(service: Running) -> None:
    """Where the length is told once and rightly, what follows is a request of its own."""
    received = answers(service.url, post(LENGTH, BODY) + HIDDEN, silence=10)

    assert statuses_in(received) == [401, 200]
    assert received.count(b"hidden-request") == 1
