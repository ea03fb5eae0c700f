"""What the database's section and pictures hold is what was found, of large galleries too."""

import numpy as np
import pytest

from benchmarks.performance.database import drawings, rows, told
from benchmarks.performance.database.judged import ratios, targets
from tests.unit.benchmarks.performance.database_found import FOUND, LARGE, layer, size


@pytest.mark.parametrize(
    "line",
    [
        "| 10,000 | 1.75 | 3.5 | 5.25 | 1.31 | 1.000 | 0.999 | 0.500 | 1.000 |",
        "| 100,000 | 1234 | 33 | 66 | 99 | 24.8 | 0.672 | 0.671 | 0.336 | 1.000 |",
        "| 10,000 | 1.75 | 3.5 | 2, 2.2 | 122 | 70, 77 |",
        "| 100,000 | 8.25 | 49.5 | 6, 6.6 |  |  |",
        "| 100,000 | 400 | 17.5 | 35 | 13.1 | 0.986 | 0.493 |",
        "| 100,000 | 0.9 | 7.5 | 0.900 |",
        "| 10,000 | 222 | 4.44 | 5.55 | 333 | 3.33 | 6.66 |",
        "| 10,000 | 10 | 13 | 0.5 | 2350 | 654 | 15.6 |",
        "`ef_search` 100",
        "of\n800 searches a size",
    ],
)
def test_each_figure_is_told(line: str) -> None:
    """A row a size: search, callers at once, scans, candidates, likeness, writes, disk."""
    assert line in told.section(FOUND)


@pytest.mark.parametrize(
    "words",
    [
        "measured by itself (`make bench-gallery`) on 2026-01-02, commit abc1234.",
        "| 1,000,000 | 21.5 |",
        "| 1,000,000 | 400 | 17.5 |",
    ],
)
def test_a_gallery_that_was_measured_apart_has_rows_where_it_is_kept(words: str) -> None:
    """With where it comes from; without such a file nothing is said of it."""
    assert words in told.section(FOUND, [LARGE])
    assert words not in told.section(FOUND)


@pytest.mark.parametrize("name", [drawings.SEARCH, drawings.CURVES])
def test_every_picture_is_shown(name: str) -> None:
    """By the name that it is kept under."""
    assert name in drawings.pictures(FOUND)
    assert f"](docs/performance/{name}.png)" in told.section(FOUND)


def test_an_index_that_was_built_before_has_no_time() -> None:
    """A collection that was full already tells nothing of how long filling takes."""
    found = size(10_000, 1.75, 1.0, {}) | {
        "filled": {"people": 0, "rows_seconds": 0.0, "index_seconds": 0.0}
    }
    assert "| 10,000 | 10 | 13 | 0.5 | 2350 | 654 | - |" in told.section(layer(found))


def test_the_run_itself_goes_before_what_was_measured_apart() -> None:
    """Of a size that both have the run's own is told, for its rivals ran beside it."""
    again = LARGE | {"layers": {"database": layer(size(100_000, 99.0, 0.1, {}))}}
    sizes = rows.sizes(FOUND, [LARGE, again])
    assert [one["people"] for one in sizes] == [10_000, 100_000, 1_000_000]
    assert sizes[1]["search"]["p50 ms"] == 8.25


def test_what_is_drawn_is_what_was_found() -> None:
    """A line a percentile and a rival; the naive scan ends where it was measured last."""
    time, recall = drawings.pictures(FOUND, [LARGE])[drawings.SEARCH].axes
    drawn = {line.get_label(): line.get_xydata() for line in time.lines}
    assert np.array_equal(
        drawn["search, p50"], [(10_000, 1.75), (100_000, 8.25), (1_000_000, 21.5)]
    )
    assert np.array_equal(drawn["naive scan, p50"], [(10_000, 122.5)])
    assert np.array_equal(recall.lines[0].get_ydata(), [1.0, 0.672, 0.412])


def test_the_scans_are_watched_where_they_take_longest() -> None:
    """The naive one at its largest gallery, the exact one at the largest of all; two rounds."""
    told = ratios(FOUND)
    assert told == {
        "exact scan in SQL / search, p50, 100,000 people": [pytest.approx(6), pytest.approx(6.6)],
        "naive scan / search, p50, 10,000 people": [pytest.approx(70), pytest.approx(77)],
    }


def test_without_the_naive_scan_there_is_no_ratio_of_it() -> None:
    """A run of large galleries alone has none."""
    assert list(ratios(LARGE["layers"]["database"])) == [  # type: ignore[index]
        "exact scan in SQL / search, p50, 1,000,000 people"
    ]


def test_recall_is_aimed_at_in_every_gallery() -> None:
    """It is met where the index finds 99 of 100 mates, and missed where it does not."""
    judged = {each["what"]: (each["measured"], each["met"]) for each in targets(FOUND)}
    assert judged == {
        "mated top-1 recall of a search among 10,000 people": (1.0, True),
        "mated top-1 recall of a search among 100,000 people": (0.672, False),
    }
