"""The queue that flows share: turns by weight, order within a flow, nothing kept of the gone."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.messages.sharing import Flow
from deployments.vision.fair_queue import FairQueue

FLOWS = {
    "ada": Flow("ada"),
    "bob": Flow("bob"),
    "enroller": Flow("ada", "bulk"),
}
Numbered = tuple[str, int]


def filled(**counts: int) -> FairQueue[Numbered]:
    """Return a queue with so many items of each flow, one flow after the other."""
    queue = FairQueue[Numbered]()
    for flow, count in counts.items():
        push(queue, flow, count)
    return queue


def push(queue: FairQueue[Numbered], flow: str, count: int) -> None:
    """Let so many items of a flow wait."""
    for number in range(count):
        queue.push((flow, number), FLOWS[flow])


def taken(queue: FairQueue[Numbered], count: int) -> Counter[str]:
    """Take so many items and count whose they are."""
    return Counter(queue.pop()[0] for _ in range(count))


def test_one_flow_is_a_queue() -> None:
    """Within a flow the oldest goes first."""
    queue = filled(ada=5)

    assert [queue.pop() for _ in range(5)] == [("ada", number) for number in range(5)]


def test_a_newcomer_is_not_behind_a_crowd() -> None:
    """One item of another caller is among the next two, however many wait before it."""
    queue = filled(ada=1000)
    taken(queue, 10)
    push(queue, "bob", 1)

    assert taken(queue, 2)["bob"] == 1


def test_callers_go_round() -> None:
    """Two callers of a class get one each, by turns."""
    assert taken(filled(ada=100, bob=100), 100) == {"ada": 50, "bob": 50}


def test_turns_by_weight() -> None:
    """Of five turns enrolment has one, where both classes always want one."""
    turns = taken(filled(ada=1000, bob=1000, enroller=1000), 500)

    assert turns["enroller"] == pytest.approx(100, abs=1)


def test_a_crowd_does_not_starve_enrolment() -> None:
    """However many interactive callers there are, of five turns enrolment has one."""
    queue = filled(enroller=100)
    for number in range(1000):
        queue.push(("crowd", number), Flow(f"caller {number}"))

    assert taken(queue, 200)["enroller"] == pytest.approx(40, abs=1)


def test_absence_saves_no_turns() -> None:
    """A class that joins after a thousand turns of the other gets no thousand in a row."""
    queue = filled(enroller=2000)
    taken(queue, 1000)
    push(queue, "ada", 100)

    assert taken(queue, 100)["ada"] == pytest.approx(80, abs=1)


def test_empty() -> None:
    """Nothing waits in a queue whose items have left, and the next to come is the next to go."""
    queue = filled(ada=3)
    for number in range(3):
        queue.discard(("ada", number))
    queue.discard(("ada", 0))
    assert len(queue) == 0
    with pytest.raises(ValueError, match="empty"):
        queue.pop()
    push(queue, "bob", 1)

    assert queue.pop() == ("bob", 0)


pushes = st.tuples(st.just("push"), st.sampled_from(sorted(FLOWS)))
leaving = st.tuples(st.sampled_from(["pop", "discard"]), st.just(""))


@given(steps=st.lists(st.one_of(pushes, leaving), max_size=80))
def test_everything_comes_out_once(steps: list[tuple[str, str]]) -> None:
    """What was pushed is popped or discarded, once, in the order of its flow."""
    queue = FairQueue[Numbered]()
    waiting: list[Numbered] = []
    for number, (step, flow) in enumerate(steps):
        if step == "push":
            waiting.append((flow, number))
            queue.push((flow, number), FLOWS[flow])
        elif waiting and step == "pop":
            item = queue.pop()
            assert item == next(each for each in waiting if each[0] == item[0])
            waiting.remove(item)
        elif waiting:
            queue.discard(waiting.pop())
        assert list(queue) == waiting

    assert sorted(queue.pop() for _ in range(len(waiting))) == sorted(waiting)
