"""Groups have errors of their own, told where there is enough of them."""

from collections.abc import Sequence

import numpy as np
import pytest

from evaluation.calibration.acquired import Taken
from evaluation.calibration.comparisons import compare_all
from evaluation.calibration.findings import Group
from evaluation.calibration.groups import Tried, disparities, grouped
from evaluation.calibration.resampling import weights
from tests.unit.evaluation.calibration.crowd import unit

PEOPLE = 60
THRESHOLD = 0.5


def tried(
    alike: Sequence[int],
    failing: Sequence[int] = (),
    unseen: Sequence[str] = (),
    *,
    drawn: bool = True,
) -> Tried:
    """Return 60 people of two photos each: some look alike, and some fail to be acquired.

    Of those who are `unseen` there is no template at all.
    """
    rng = np.random.default_rng(0)
    centres = unit(rng.normal(size=(PEOPLE, 64)))
    centres[list(alike)] = unit(centres[0] + 0.5 * centres[list(alike)])
    vectors = unit(np.repeat(centres, 2, axis=0) + 0.02 * rng.normal(size=(2 * PEOPLE, 64)))
    people = np.repeat(np.arange(PEOPLE), 2)
    compared = compare_all(vectors.astype(np.float32), people, cut=THRESHOLD)
    names = [f"p{at}" for at in range(PEOPLE)]
    draws = weights(PEOPLE, 200, 0) if drawn else None
    owners = (*(names[at] for at in people), *(names[at] for at in failing), *unseen)
    failed = (*(False for _ in people), *(True for _ in (*failing, *unseen)))
    return Tried(names, compared, np.full(PEOPLE, 2), draws, Taken(owners, failed, 200, 0))


def halved(first: int = 30) -> dict[str, dict[str, str]]:
    """Label the first so many people as one group and the rest as another."""
    return {f"p{at}": {"sex": "f" if at < first else "m"} for at in range(PEOPLE)}


@pytest.mark.parametrize("drawn", [True, False])
def test_people_who_look_alike_are_seen_within_their_group(drawn: bool) -> None:
    """And not in a mean over everybody, nor in the other group."""
    one, other = grouped(tried(range(10), drawn=drawn), halved(), THRESHOLD)

    assert (one.name, other.name) == ("f", "m")
    assert one.within is not None
    assert other.within is not None
    assert one.mixed is not None
    assert (one.within.errors, one.within.trials) == (10 * 9 // 2 * 4, 30 * 29 // 2 * 4)
    assert (other.within.errors, one.mixed.errors) == (0, 0)
    assert one.mixed.trials == 60 * 60


def test_who_cannot_be_acquired_is_counted_in_the_group() -> None:
    """Three of 30 people lost a photo of three."""
    one, other = grouped(tried((), [1, 2, 3]), halved(), THRESHOLD)

    assert (one.failure_to_acquire.errors, one.failure_to_acquire.trials) == (3, 63)
    assert (other.failure_to_acquire.errors, other.photos) == (0, 60)


def test_who_was_never_acquired_is_counted_in_the_group() -> None:
    """They are in no comparison, and are whom it serves worst."""
    unseen = ["veiled"] * 4
    labels = halved() | {"veiled": {"sex": "f"}}
    one, _ = grouped(tried((), unseen=unseen), labels, THRESHOLD)

    assert (one.failure_to_acquire.errors, one.failure_to_acquire.trials) == (4, 64)
    assert (one.people, one.photos) == (31, 64)


def test_a_small_group_has_no_rate() -> None:
    """Nine people say nothing; how many failed to be acquired is told all the same."""
    one, other = grouped(tried(()), halved(9), THRESHOLD)

    assert (one.people, one.within, one.mixed, one.fnmr) == (9, None, None, None)
    assert other.within is not None
    assert other.fnmr is not None


def test_a_group_with_few_genuine_comparisons_has_no_fnmr() -> None:
    """Twenty of them are too few, while their impostors are enough."""
    one, _ = grouped(tried(()), halved(20), THRESHOLD)

    assert one.fnmr is None
    assert one.within is not None


def test_a_group_with_few_impostors_has_no_fmr() -> None:
    """Ten people of two photos meet each other 180 times: too few, and others often enough."""
    one, _ = grouped(tried(()), halved(10), THRESHOLD)

    assert one.within is None
    assert one.mixed is not None


def test_the_worst_group_is_told_by_how_much() -> None:
    """Against the best, and against the geometric mean of all."""
    found = grouped(tried([*range(10), *range(30, 35)]), halved(), THRESHOLD)
    (within,) = (each for each in disparities(found, THRESHOLD) if each.rate == "within")
    rates = {each.name: each.within.value for each in found if each.within}

    assert (within.worst, within.best) == ("f", "m")
    assert within.ratio == pytest.approx(rates["f"] / rates["m"])
    assert within.over_geometric_mean == pytest.approx((rates["f"] / rates["m"]) ** 0.5)


def test_beside_a_group_without_an_error_there_is_no_ratio() -> None:
    """Nothing can be divided by nought."""
    found = grouped(tried(range(10)), halved(), THRESHOLD)

    assert {each.ratio for each in disparities(found, THRESHOLD)} == {None}


@pytest.mark.parametrize("first", [30, 5])
def test_where_no_group_is_worse_none_is_named(first: int) -> None:
    """All without an error, or only one with enough people."""
    found = grouped(tried(()), halved(first), THRESHOLD)

    assert disparities(found, THRESHOLD) == ()


def test_who_has_no_label_is_in_no_group() -> None:
    """And of a group of one person nothing is compared."""
    found: tuple[Group, ...] = grouped(tried(()), {"p1": {"age": "old"}}, THRESHOLD)

    assert [(each.attribute, each.people) for each in found] == [("age", 1)]
    assert disparities(found, THRESHOLD) == ()
