"""Rates and quantiles, exactly."""

import pytest

from cli.top.rates import Distribution, added, distributions, increases, per_second
from cli.top.scrape import Page


def page(at: float, **samples: dict[str, float]) -> Page:
    """Return a page of samples with one label, `of`."""
    return Page(
        at,
        {
            name: {frozenset({("of", label)}): value for label, value in values.items()}
            for name, values in samples.items()
        },
    )


def histogram(at: float, counts: dict[str, float], total: float) -> Page:
    """Return a page with one histogram, `h`, of cumulative counts by bound."""
    return Page(
        at,
        {
            "h_bucket": {frozenset({("le", bound)}): count for bound, count in counts.items()},
            "h_count": {frozenset(): counts["+Inf"]},
            "h_sum": {frozenset(): total},
        },
    )


@pytest.mark.parametrize(
    ("before", "after", "risen"),
    [
        ({"a": 10.0}, {"a": 14.0}, {("a",): 4.0}),
        ({"a": 10.0}, {"a": 10.0}, {("a",): 0.0}),
        ({"a": 10.0}, {"a": 3.0}, {("a",): 3.0}),
        ({}, {"a": 3.0}, {("a",): 3.0}),
        ({"a": 10.0}, {}, {}),
    ],
)
def test_an_increase_is_never_negative(
    before: dict[str, float], after: dict[str, float], risen: dict[tuple[str], float]
) -> None:
    """A counter that fell, or that is new, has counted from nothing."""
    assert increases(page(0, c=before), page(1, c=after), "c", ("of",)) == risen


def test_a_rate_is_of_a_second() -> None:
    """Whatever time lies between the pages."""
    assert per_second(page(5, c={"a": 1.0}), page(9, c={"a": 3.0}), "c", ("of",)) == {("a",): 0.5}


def test_labels_that_nobody_asks_for_are_added_up() -> None:
    """And one that is not there is empty."""
    values = {
        frozenset({("of", "a"), ("code", "200")}): 1.0,
        frozenset({("of", "a"), ("code", "500")}): 2.0,
        frozenset({("code", "500")}): 4.0,
    }

    assert added(values, ("of",)) == {("a",): 3.0, ("",): 4.0}
    assert added(values, ()) == {(): 7.0}


@pytest.mark.parametrize(
    ("share", "value"),
    [
        (0.25, 0.5),  # In the middle of the first bucket, which begins at 0.
        (0.5, 1.0),  # Where the first one ends.
        (0.75, 1.5),
        (0.9, 1.8),
        (0.99, 1.98),
        (1.0, 2.0),
    ],
)
def test_a_quantile_is_interpolated(share: float, value: float) -> None:
    """As `histogram_quantile` does: evenly within a bucket."""
    counted = Distribution(((1.0, 10.0), (2.0, 20.0), (float("inf"), 20.0)), 20.0, 18.0)

    assert counted.quantile(share) == pytest.approx(value)


@pytest.mark.parametrize(
    ("buckets", "value"),
    [
        (((1.0, 0.0), (2.0, 0.0), (float("inf"), 4.0)), 2.0),  # Beyond the highest finite bound.
        (((float("inf"), 4.0),), 0.0),
        (((-0.1, 4.0), (1.0, 4.0), (float("inf"), 4.0)), -0.1),  # No bound below it is known.
        (((1.0, 0.0), (2.0, 4.0), (float("inf"), 4.0)), 1.5),  # Empty buckets are passed over.
        (((1.0, 0.0), (float("inf"), 0.0)), None),
        ((), None),
    ],
)
def test_a_median_at_the_edges(
    buckets: tuple[tuple[float, float], ...], value: float | None
) -> None:
    """What Prometheus answers there; of nothing, nothing."""
    assert Distribution(buckets, 4.0, 1.0).quantile(0.5) == value


def test_a_histogram_is_of_the_interval() -> None:
    """What was counted before the first page counts no more."""
    before = histogram(0, {"1": 90.0, "2": 95.0, "+Inf": 100.0}, 80.0)
    after = histogram(2, {"1": 90.0, "2": 105.0, "+Inf": 110.0}, 95.0)
    counted = distributions(before, after, "h", ())[()]

    assert counted == Distribution(((1.0, 0.0), (2.0, 10.0), (float("inf"), 10.0)), 10.0, 15.0)
    assert (counted.quantile(0.5), counted.mean) == (1.5, 1.5)


def test_a_histogram_that_began_anew_is_taken_whole() -> None:
    """Also where one of its buckets stands above what it stood at before."""
    before = histogram(0, {"1": 2.0, "2": 95.0, "+Inf": 100.0}, 80.0)
    after = histogram(2, {"1": 4.0, "2": 4.0, "+Inf": 4.0}, 2.0)
    counted = distributions(before, after, "h", ())[()]

    assert counted == Distribution(((1.0, 4.0), (2.0, 4.0), (float("inf"), 4.0)), 4.0, 2.0)


def test_the_mean_of_nothing_is_nothing() -> None:
    """No batch, no size."""
    assert Distribution((), 0.0, 0.0).mean is None
