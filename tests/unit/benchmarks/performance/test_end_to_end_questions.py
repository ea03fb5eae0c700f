"""Every answer is held against the right one, or the run is worth nothing."""

import json

import pytest

from benchmarks.closed_loop import Answer
from benchmarks.performance.end_to_end.questions import (
    Questions,
    WrongAnswer,
    held_against,
    portraits,
    told_by_rival,
    told_by_service,
)

QUESTIONS = Questions((b"photo", b"other"), ("anna", None))


def answered(question: int, *names: str, status: str = "200 OK") -> Answer:
    """Return what the rival said to one of the two questions."""
    body = {"matches": [{"identity_id": name, "cosine": 0.8} for name in names]}
    return Answer(
        question, 0.0, 0.0, 0.1, f"HTTP/1.1 {status}\r\n\r\n".encode(), json.dumps(body).encode()
    )


def test_every_second_person_is_enrolled_and_asked_about_by_another_photo() -> None:
    """Of pairs the first is enrolled and the second asked; nobody is known by the same bytes."""
    parted = portraits([b"a1", b"a2", b"b1", b"b2", b"c1", b"c2"], people=3)
    assert parted.enrolled == {0: b"a1", 2: b"c1"}
    assert parted.asked == (b"a2", b"b2", b"c2")


def test_no_more_people_than_wanted() -> None:
    """A quick run asks about fewer."""
    assert portraits([b"a1", b"a2", b"b1", b"b2"], people=1).asked == (b"a2",)


def test_a_photo_that_is_alone_is_enrolled_and_asked_about() -> None:
    """Where the portraits are not at hand there is one picture of one person."""
    parted = portraits([b"astronaut"], people=102)
    assert (parted.enrolled, parted.asked) == ({0: b"astronaut"}, (b"astronaut",))


def test_right_answers_pass() -> None:
    """Who is enrolled is named, and who is not is not."""
    found = held_against([answered(0, "anna"), answered(1)], QUESTIONS, told_by_rival)
    assert found == {"mated": 1, "missed": 0, "misnamed": 0}


def test_a_refusal_ends_the_run() -> None:
    """One is enough, however quick the others were."""
    with pytest.raises(WrongAnswer, match="429"):
        held_against(
            [answered(0, "anna", status="429 Too Many Requests")], QUESTIONS, told_by_rival
        )


@pytest.mark.parametrize(
    "wrong",
    [answered(0, "berta"), answered(1, "anna")],
    ids=["somebody else", "somebody where nobody is"],
)
def test_wrong_names_are_counted_and_bounded(wrong: Answer) -> None:
    """One of ten may be a false match; more is a mistake of whoever measures, or worse."""
    right = [answered(0, "anna")] * 9

    assert held_against([*right, wrong], QUESTIONS, told_by_rival)["misnamed"] == 1
    with pytest.raises(WrongAnswer, match="2 of 11"):
        held_against([*right, wrong, wrong], QUESTIONS, told_by_rival)


def test_whom_the_index_misses_is_counted() -> None:
    """It approximates: one of ten that it does not find is told, and no reason to stop."""
    answers = [answered(0, "anna")] * 9 + [answered(0)]
    assert held_against(answers, QUESTIONS, told_by_rival) == {
        "mated": 10,
        "missed": 1,
        "misnamed": 0,
    }


def test_who_misses_many_is_not_measured() -> None:
    """Nothing is as quick as finding nobody."""
    answers = [answered(0, "anna")] * 2 + [answered(0)] * 8
    with pytest.raises(WrongAnswer, match="8 of 10"):
        held_against(answers, QUESTIONS, told_by_rival)


@pytest.mark.parametrize(
    ("decision", "told"), [("match", "anna"), ("no_match", None), ("ambiguous", "ambiguous")]
)
def test_what_the_service_decides_is_what_it_tells(decision: str, told: str | None) -> None:
    """An ambiguous answer names nobody and is no answer that nobody is there."""
    face = {"decision": decision, "matches": [{"identity_id": "anna"}]}
    assert told_by_service(json.dumps({"faces": [face]}).encode()) == told
