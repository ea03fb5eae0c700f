"""Answers become figures: times, stages, statuses."""

import pytest

from benchmarks.closed_loop import Answer
from benchmarks.performance.end_to_end import points

TIMED = "queue;dur=1.5, decode;dur=2, total;dur=10"


def answer(*, due: float = 0.0, sent: float = 0.0, done: float, timing: str = "") -> Answer:
    """Return an answer that came at a time, with what Server-Timing said."""
    header = f"Server-Timing: {timing}\r\n" if timing else ""
    return Answer(0, due, sent, done, f"HTTP/1.1 200 OK\r\n{header}\r\n".encode(), b"{}")


def test_percentiles_are_milliseconds() -> None:
    """Of a hundred latencies the fiftieth, the ninety-fifth and the ninety-ninth."""
    found = points.percentiles([at / 1000 for at in range(101)])
    assert found == pytest.approx({"p50 ms": 50, "p95 ms": 95, "p99 ms": 99})


def test_what_a_client_was_kept_waiting_counts_from_when_a_request_was_due() -> None:
    """It is late by what no connection was free for; what is sent late does not hide that."""
    found = points.opened(0.5, 10.0, [answer(due=1.0, sent=1.4, done=1.5)], seconds=2.0)
    assert found["from due"]["p99 ms"] == pytest.approx(500)
    assert found["from sent"]["p99 ms"] == pytest.approx(100)
    assert found["a second"] == pytest.approx(0.5)


def test_cpu_is_a_request_s() -> None:
    """What processes and client used meanwhile is divided among the answers."""
    answers = [answer(done=0.1), answer(done=0.3)]
    found = points.closed(16, answers, 4.0, {"ingress": 0.01}, client=0.001)
    assert found["CPU ms"] == pytest.approx({"ingress": 5.0})
    assert found["client's CPU ms"] == pytest.approx(0.5)
    assert (found["a second"], found["statuses"]) == (0.5, {"200": 2})


def test_stages_are_means_and_the_client_saw_more() -> None:
    """`outside` is what is missing between the service's total and the client's latency."""
    answers = [answer(done=0.012, timing=TIMED), answer(done=0.016, timing=TIMED)]
    found = points.stages(answers)
    assert (found["queue"], found["decode"], found["embed"]) == (1.5, 2.0, 0.0)
    assert found["outside"] == pytest.approx(4.0)


def test_who_tells_of_no_stages_has_none() -> None:
    """The rival has no such header."""
    assert points.stages([answer(done=0.1)]) == {}


def test_the_header_s_name_may_be_written_in_any_case() -> None:
    """HTTP does not tell them apart, and proxies change it."""
    head = f"HTTP/1.1 200 OK\r\nserver-timing: {TIMED}\r\n\r\n".encode()
    assert points.server_timing(head) == {"queue": 1.5, "decode": 2.0, "total": 10.0}
