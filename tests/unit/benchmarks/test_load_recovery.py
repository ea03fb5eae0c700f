"""A load is over for callers when nobody is refused and waiting is as before."""

import pytest

from benchmarks.load import recovery
from benchmarks.load.requests import Requests, of_lines
from locustfiles.outcomes import ACCEPTED, REFUSED

NORMAL, END, UNTIL = (0.0, 5.0), 10.0, 20.0


def every_tenth(begin: int, end: int, milliseconds: float, outcome: str = ACCEPTED) -> list[str]:
    """Return ten requests a second, as lines of a record."""
    times = [begin + tenth / 10 for tenth in range(10 * (end - begin))]
    return [f"{at},{milliseconds / 1000},{outcome}" for at in times]


def requests(*parts: list[str]) -> Requests:
    """Return the requests of all parts."""
    return of_lines([line.split(",") for part in parts for line in part])


BEFORE = every_tenth(0, 5, 40)
SOME_SLOW = [*every_tenth(12, 13, 30)[:7], *every_tenth(12, 13, 90)[7:]]


@pytest.mark.parametrize(
    ("after", "felt"),
    [
        ([every_tenth(10, 20, 30)], 0.0),
        ([every_tenth(10, 13, 200), every_tenth(13, 20, 30)], 3.0),
        ([every_tenth(10, 12, 5, REFUSED), every_tenth(12, 20, 30)], 2.0),
        ([every_tenth(10, 12, 48), every_tenth(12, 20, 30)], 0.0),
        ([every_tenth(10, 12, 30), SOME_SLOW, every_tenth(13, 20, 30)], 3.0),
        ([every_tenth(10, 12, 30), every_tenth(12, 13, 90), every_tenth(13, 20, 30)], 3.0),
        ([every_tenth(10, 14, 30), every_tenth(14, 15, 90), every_tenth(15, 20, 30)], 0.0),
        ([every_tenth(10, 20, 90)], float("inf")),
    ],
    ids=["at once", "slow", "refused", "a little", "some", "again", "much later", "never"],
)
def test_it_is_felt_until_three_normal_seconds(after: list[list[str]], felt: float) -> None:
    """A few slow answers or refusals are felt, a little is not; a later hiccup is apart."""
    assert recovery.seconds(requests(BEFORE, *after), NORMAL, END, UNTIL) == felt
