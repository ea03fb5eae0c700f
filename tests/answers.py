"""One request of somebody who did nothing wrong, and whether its answer keeps to the contract."""

import json
from dataclasses import dataclass
from typing import Any

import httpx

from deployments.web.problem import MEDIA_TYPE

# What somebody may be told who did nothing wrong. Neither `internal` nor any other 4xx.
ALLOWED = {(429, "overloaded"), (503, "unavailable"), (504, "deadline_exceeded")}
LOST = {502, 503, 504}  # In a proxy's own words: it has no answer to hand on.
MEMBERS = {"type", "title", "status", "detail", "code", "request_id", "retryable"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: when it was sent and received (monotonic s), and what came of it.

    `broken` says how an answer, or its absence, breaks the contract. "refused": nobody took the
    connection; "closed": it ended without an answer; "unanswered": nothing came; "bare": an answer
    that is not the service's own; "malformed": a problem that lacks something; "wrong": one that
    nobody should see, or a success that is none.
    """

    kind: str
    sent: float
    received: float
    status: int | None = None
    code: str | None = None
    broken: str | None = None

    @property
    def good(self) -> bool:
        """Whether the caller got what was asked for."""
        return self.broken is None and self.code is None

    @property
    def cut_off(self) -> bool:
        """Whether the answer got lost: the connection ended, or a proxy has no more to tell."""
        return self.broken == "closed" or (self.broken == "bare" and self.status in LOST)

    @property
    def outcome(self) -> str:
        """The answer in a word or three, to be counted by."""
        return " ".join(str(part) for part in (self.broken, self.status, self.code) if part)


@dataclass(frozen=True, slots=True)
class Sending:
    """A request that waits for its answer."""

    kind: str
    sent: float
    request_id: str

    def failed(self, error: httpx.TransportError, received: float) -> Asked:
        """Return how it ended without an answer."""
        match error:
            case httpx.ConnectError():
                broken = "refused"
            case httpx.TimeoutException():
                broken = "unanswered"
            case _:
                broken = "closed"
        return Asked(self.kind, self.sent, received, broken=broken)

    def answered(self, answer: httpx.Response, received: float, expected: str) -> Asked:
        """Compare the answer with the contract; `expected` stands in the body of a success."""
        code = _body(answer).get("code")
        return Asked(
            self.kind,
            self.sent,
            received,
            answer.status_code,
            code if isinstance(code, str) and not answer.is_success else None,
            _broken(answer, self.request_id, expected),
        )


def _broken(answer: httpx.Response, request_id: str, expected: str) -> str | None:
    if answer.headers.get("X-Request-ID") != request_id:
        return "bare"
    if answer.is_success:
        return None if expected in answer.text else "wrong"
    if answer.headers.get("Content-Type") != MEDIA_TYPE:
        return "bare"
    return _fault(answer, _body(answer), request_id)


def _fault(answer: httpx.Response, body: dict[str, Any], request_id: str) -> str | None:
    """Return what is wrong with a problem document, or None."""
    told = (body.get("status"), body.get("request_id"))
    if not body.keys() >= MEMBERS or told != (answer.status_code, request_id):
        return "malformed"
    if (answer.status_code, body["code"]) not in ALLOWED:
        return "wrong"
    waits = answer.headers.get("Retry-After", "").isdigit() or answer.status_code == 504
    return None if waits else "malformed"


def _body(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = json.loads(answer.content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
