"""What an answer was, told of whatever was answered: one that breaks its reader is a wrong one.

Within Locust's `with … catch_response` an exception takes a request out of every statistic: what
judges there raises nothing but WrongAnswer, and that once the answer was failed.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Protocol

from locustfiles.outcomes import ACCEPTED, REFUSED

# What may come of reading a body that is cut off, or another than the one expected.
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)

Body = dict[str, Any]
Check = Callable[[Body], bool]


class WrongAnswer(Exception):
    """The story cannot go on; what was answered is among Locust's failures."""


class Answer(Protocol):
    """What is used of Locust's ResponseContextManager."""

    request_meta: dict[str, Any]

    @property
    def headers(self) -> Mapping[str, str] | None:
        """None where nothing was answered."""

    @property
    def status_code(self) -> int:
        """The status, 0 where nothing was answered."""

    @property
    def text(self) -> str | None:
        """The body, None where there is none."""

    def success(self) -> None:
        """Take it for a good one."""

    def failure(self, exc: str, /) -> None:
        """Take it for a bad one."""


def outcome(answer: Answer) -> str | None:
    """Return what came of an identification of one face; None if neither of the good answers."""
    with suppress(*UNREADABLE):
        if _is_overloaded(answer):
            return REFUSED
        if answer.status_code == HTTPStatus.OK and len(_body(answer)["faces"]) == 1:
            return ACCEPTED
    return None


def sort(answer: Answer) -> None:
    """Name the answer to an identification by what came of it, or fail it."""
    if (name := outcome(answer)) is None:
        fail(answer)
    else:
        _name(answer, name)


def judge(answer: Answer, status: int, right: Check) -> Body | None:
    """Return the body of an answer that is right, None where it says to come again; WrongAnswer."""
    with suppress(*UNREADABLE):
        if _is_overloaded(answer):
            _name(answer, REFUSED)
            return None
        body = _body(answer)
        if answer.status_code == status and right(body):
            answer.success()  # Or Locust would take the 404 that was asked for as a failure.
            return body
    fail(answer)
    raise WrongAnswer


def fail(answer: Answer) -> None:
    """Count it among the failures, by what it was."""
    answer.failure(f"{answer.status_code}: {answer.text}")


def retry_seconds(answer: Answer) -> int:
    """Return after how many seconds an answer says to come again; raises one of UNREADABLE."""
    return int((answer.headers or {})["Retry-After"])


def _is_overloaded(answer: Answer) -> bool:
    """Tell whether it is a refusal as it should be."""
    if answer.status_code != HTTPStatus.TOO_MANY_REQUESTS:
        return False
    return _body(answer)["code"] == "overloaded" and retry_seconds(answer) >= 1


def _body(answer: Answer) -> Body:
    body: Body = json.loads(answer.text or "")
    return body


def _name(answer: Answer, name: str) -> None:
    answer.request_meta["name"] = name
    answer.success()
