"""Whatever is answered is counted: as what it is, or among the failures."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from locustfiles import answers
from locustfiles.outcomes import ACCEPTED, REFUSED

RETRY = {"Retry-After": "1"}
OVERLOADED = '{"code": "overloaded"}'
ONE_FACE = '{"faces": [{}]}'
# Of each: status, body and headers.
BROKEN = [
    (429, "Too Many Requests", RETRY),
    (429, OVERLOADED, {}),
    (429, OVERLOADED, {"Retry-After": "0"}),
    (429, OVERLOADED, {"Retry-After": "soon"}),
    (429, '{"code": "too_many_requests"}', RETRY),
    (503, OVERLOADED, RETRY),
    (200, OVERLOADED, RETRY),
    (200, "{}", {}),
    (200, '{"faces": null}', {}),
    (200, "[]", {}),
    (200, ONE_FACE[:-3], {}),
    (200, None, {}),
    (404, ONE_FACE, {}),
    (0, None, None),
]


@dataclass
class Answered:
    """An answer, and what was made of it."""

    status_code: int
    text: str | None
    headers: dict[str, str] | None
    request_meta: dict[str, Any] = field(default_factory=lambda: {"name": "identify"})
    made: list[str] = field(default_factory=list)

    def success(self) -> None:
        """Note it."""
        self.made.append("success")

    def failure(self, exc: str, /) -> None:
        """Note it, and why."""
        self.made.append(exc)


def one_face(body: dict[str, Any]) -> bool:
    """Tell whether there is one face, in a way that breaks on other bodies."""
    return len(body["faces"]) == 1


@pytest.mark.parametrize(
    ("answer", "name"),
    [(Answered(200, ONE_FACE, {}), ACCEPTED), (Answered(429, OVERLOADED, RETRY), REFUSED)],
)
def test_good_answers_are_told_apart(answer: Answered, name: str) -> None:
    """Both are successes, each under its own name."""
    answers.sort(answer)
    assert (answer.request_meta["name"], answer.made) == (name, ["success"])


@pytest.mark.parametrize("broken", BROKEN)
def test_what_breaks_its_reader_has_failed(broken: tuple[int, str | None, Any]) -> None:
    """It is told by what it was; an exception would have Locust forget it."""
    answer = Answered(*broken)
    answers.sort(answer)
    assert answer.made == [f"{broken[0]}: {broken[1]}"]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_story_does_not_go_on_after_it(broken: tuple[int, str | None, Any]) -> None:
    """Nor is it told to come again: only a 429 that is whole says so."""
    answer = Answered(*broken)
    with pytest.raises(answers.WrongAnswer):
        answers.judge(answer, 200, one_face)
    assert answer.made == [f"{broken[0]}: {broken[1]}"]


def test_a_story_waits_where_there_is_no_room() -> None:
    """For as long as it is told; the answer is counted as refused."""
    answer = Answered(429, OVERLOADED, {"Retry-After": "2"})
    assert answers.judge(answer, 200, one_face) is None
    assert (answer.request_meta["name"], answer.made) == (REFUSED, ["success"])
    assert answers.retry_seconds(answer) == 2


def test_a_story_goes_on_with_what_it_was_told() -> None:
    """The 404 that was asked for is a success too."""
    answer = Answered(404, '{"code": "not_found"}', {})
    told = answers.judge(answer, 404, lambda body: body["code"] == "not_found")
    assert told == {"code": "not_found"}
    assert answer.made == ["success"]
