"""Records of requests become rates and percentiles of each step."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.load.requests import Requests, of_lines, percentiles, read, together, within
from locustfiles.outcomes import ACCEPTED, REFUSED
from locustfiles.steps import Window


def requests(*each: tuple[float, float, str]) -> Requests:
    """Return requests by when they were sent, how long they took, and what came of them."""
    return of_lines([[str(field) for field in one] for one in each])


def test_a_record_is_read_from_when_its_load_began(tmp_path: Path) -> None:
    """Times on the wall's clock become seconds since then."""
    file = tmp_path / "record.csv"
    file.write_text("1000.5,0,beginning\n1001.5,0.25,accepted\n1002,0.5,refused\n")
    beginning, found = read(file)
    assert beginning == 1000.5
    assert found.sent.tolist() == [1.0, 1.5]
    assert found.answered.tolist() == [1.25, 2.0]
    assert found.outcome.tolist() == [ACCEPTED, REFUSED]


def test_a_record_without_a_beginning_is_none(tmp_path: Path) -> None:
    """Steps could not be told apart in it."""
    file = tmp_path / "record.csv"
    file.write_text("1001.5,0.25,accepted\n")
    with pytest.raises(ValueError, match="began"):
        read(file)


def test_an_empty_record_has_no_figures() -> None:
    """None stands where nobody was answered; zero would be a good figure."""
    assert percentiles(of_lines([])) == {"p50 ms": None, "p95 ms": None, "p99 ms": None}


def test_percentiles_are_of_milliseconds() -> None:
    """Of a hundred and one requests of 0 to 100 ms each percentile is its own number."""
    found = percentiles(requests(*((0, ms / 1000, ACCEPTED) for ms in range(101))))
    assert found == pytest.approx({"p50 ms": 50, "p95 ms": 95, "p99 ms": 99})


def test_a_step_counts_answers_within_it_and_latencies_of_who_asked_within_it() -> None:
    """A queue that grows answers later what was asked now: no step is credited with both."""
    asked = requests(
        (0.5, 1.0, ACCEPTED),  # asked before the window, answered in it
        (2.0, 0.1, ACCEPTED),
        (2.5, 0.01, REFUSED),
        (2.9, 4.0, ACCEPTED),  # answered after it
    )
    step = within(asked, [Window(2, 1, 3)])
    assert step["offered a second"] == 1.5
    assert step["accepted a second"] == 1.0
    assert step["refused a second"] == 0.5
    assert step["p50 ms"] == pytest.approx(2050)


def test_steps_of_one_height_are_told_together() -> None:
    """Rates are over the time of all of them, percentiles over all who asked then."""
    asked = requests((1.5, 0.1, ACCEPTED), (5, 9, ACCEPTED), (10.5, 0.3, ACCEPTED))
    level = within(asked, [Window(2, 1, 3), Window(2, 10, 12)])
    assert level["accepted a second"] == 0.5
    assert level["p50 ms"] == pytest.approx(200)


def test_failures_are_all_other_outcomes() -> None:
    """They are counted by what they were."""
    asked = requests((0, 1, ACCEPTED), (0, 1, "504 late"), (0, 1, "504 late"), (1, 1, REFUSED))
    assert asked.failures == {"504 late": 2}


def test_two_records_make_one() -> None:
    """The prober's requests are as good as any."""
    both = together(requests((1, 1, ACCEPTED)), requests((2, 2, "a longer outcome")))
    assert np.array_equal(both.answered, [2, 4])
    assert both.outcome.tolist() == [ACCEPTED, "a longer outcome"]
