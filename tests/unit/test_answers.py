"""What the traffic of chaos tests takes for an answer, and what it does not."""

import json
from typing import Any

import httpx
import pytest

from deployments import errors
from deployments.web.problem import problem
from tests.answers import Sending

SENDING = Sending("identify", 1.0, "a-request-id")
OURS = {"X-Request-ID": SENDING.request_id}


def told(error: Exception, **changed: Any) -> httpx.Response:
    """Return an error as the service tells it, with other members where the test wants them."""
    true = problem(error, SENDING.request_id)
    body = json.loads(bytes(true.body)) | changed
    headers = {name: value for name, value in true.headers.items() if name != "content-length"}
    return httpx.Response(true.status_code, headers=headers | OURS, json=body)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (httpx.Response(200, headers=OURS, text="anchor"), "200"),
        (told(errors.Overloaded("…")), "429 overloaded"),
        (told(errors.Unavailable("…")), "503 unavailable"),
        (told(errors.DeadlineExceeded("…")), "504 deadline_exceeded"),
    ],
)
def test_what_the_contract_allows(answer: httpx.Response, outcome: str) -> None:
    """Success and the three problems of a caller who did nothing wrong."""
    asked = SENDING.answered(answer, 2.0, "anchor")

    assert asked.broken is None
    assert asked.outcome == outcome
    assert asked.good == (outcome == "200")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (httpx.Response(200, headers=OURS, text="nobody"), "wrong 200"),
        (httpx.Response(200, text="anchor"), "bare 200"),
        (httpx.Response(500, text="Internal Server Error"), "bare 500"),
        (httpx.Response(503, headers=OURS, json={}), "bare 503"),
        (told(ZeroDivisionError()), "wrong 500 internal"),
        (told(errors.NotFound("…")), "wrong 404 not_found"),
        (told(errors.Unavailable("…"), request_id="another"), "malformed 503 unavailable"),
        (told(errors.Unavailable("…"), status=500), "malformed 503 unavailable"),
    ],
)
def test_what_breaks_it(answer: httpx.Response, outcome: str) -> None:
    """Everything else, whoever sent it."""
    assert SENDING.answered(answer, 2.0, "anchor").outcome == outcome


def test_a_wait_must_be_told() -> None:
    """503 without Retry-After leaves the caller to guess."""
    answer = told(errors.Unavailable("…"))
    del answer.headers["Retry-After"]
    assert SENDING.answered(answer, 2.0, "anchor").broken == "malformed"


@pytest.mark.parametrize(
    ("error", "broken"),
    [
        (httpx.ConnectError("…"), "refused"),
        (httpx.ReadTimeout("…"), "unanswered"),
        (httpx.RemoteProtocolError("…"), "closed"),
        (httpx.ReadError("…"), "closed"),
    ],
)
def test_no_answer(error: httpx.TransportError, broken: str) -> None:
    """How a request ends without an answer is told apart."""
    assert SENDING.failed(error, 2.0).outcome == broken
