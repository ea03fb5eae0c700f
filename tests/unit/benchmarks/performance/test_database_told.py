"""What the database's section and pictures hold is what was found, of large galleries too."""

import numpy as np
import pytest

from benchmarks.performance.database import drawings, rows, told
from benchmarks.performance.database.asking import MATED
from benchmarks.performance.database.curves import BY_COSINE, BY_EF_SEARCH
from benchmarks.performance.database.judged import ratios, targets
from benchmarks.performance.database.target import INDEX_ALONE, SHIPPED_WAY
from tests.unit.benchmarks.performance.database_found import (
    FOUND,
    LARGE,
    layer,
    read_whole,
    size,
)


@pytest.mark.parametrize(
    "line",
    [
        "| 10,000 | as shipped | 1.75 | 3.5 | 5.25 | 3.5 | 7 | 10.5 | 1.31 |",
        "| 10,000 | index alone | 0.438 | 0.875 | 1.31 | 0.875 | 1.75 | 2.62 | 0.328 |",
        "| 100,000 | as shipped | 1234 | 33 | 66 | 99 | 66 | 132 | 198 | 24.8 |",
        "| 100,000 | as shipped | 0.984 | 0.983 | 0.492 | 1.000 |",
        "| 100,000 | index alone | 0.492 | 0.491 | 0.246 | 1.000 |",
        "| 10,000 | 3.5 | 0.875 | 7 | 2, 2.2 | 245 | 70, 77 |",
        "| 100,000 | 16.5 | 4.12 | 99 | 6, 6.6 |  |  |",
        "| 100,000 | 400 | 17.5 | 35 | 13.1 | 0.986 | 0.493 |",
        "| 100,000 | 0.9 | as shipped | 7.5 | 15 | 5.62 | 0.900 |",
        "| 100,000 | 0.9 | index alone | 1.88 | 3.75 | 1.41 | 0.450 |",
        "| 10,000 | 222 | 4.44 | 5.55 | 333 | 3.33 | 6.66 |",
        "| 10,000 | 10 | 13 | 0.5 | 1.7 | 2520 | 654 | 15.6 |",
        "`ef_search` 100",
        "of 800 searches a size",
        "at least 0.1 over the threshold",
        "of up to 500,000 faces (`compare_all_up_to`",
        "among 100,000 people the index alone put the nearest face first for 0.492 of the mated",
        "the search as shipped for 0.984",
        "6.19 ms of CPU a search as shipped, half of them mated, and 1.55 by the index alone.",
    ],
)
def test_each_figure_is_told(line: str) -> None:
    """A row a size and way: search, callers at once, recall, scans, curves, writes, disk."""
    assert line in told.section(FOUND).replace("\n", " ")


@pytest.mark.parametrize(
    "words",
    [
        "measured by itself (`make bench-gallery`) on 2026-01-02, commit abc1234.",
        "| 1,000,000 | as shipped | 21.5 |",
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
    assert "| 10,000 | 10 | 13 | 0.5 | 1.7 | 2520 | 654 | - |" in told.section(layer(found))


def test_the_run_itself_goes_before_what_was_measured_apart() -> None:
    """Of a size that both have the run's own is told, for its rivals ran beside it."""
    again = LARGE | {"layers": {"database": layer(size(100_000, 99.0, 0.1, {}))}}
    sizes = rows.sizes(FOUND, [LARGE, again])
    assert [one["people"] for one in sizes] == [10_000, 100_000, 1_000_000]
    assert sizes[1]["search"][SHIPPED_WAY][MATED]["p50 ms"] == 8.25


def test_what_is_drawn_is_what_was_found() -> None:
    """A line a percentile and a rival; the naive scan ends where it was measured last."""
    time, recall = drawings.pictures(FOUND, [LARGE])[drawings.SEARCH].axes
    drawn = {line.get_label(): line.get_xydata() for line in time.lines}
    assert np.array_equal(
        drawn["mated, as shipped"], [(10_000, 1.75), (100_000, 8.25), (1_000_000, 21.5)]
    )
    strangers = np.transpose(drawn["strangers, index alone"])[1]
    assert np.array_equal(strangers, [0.875, 4.125, 10.75])
    assert np.array_equal(drawn["naive scan"], [(10_000, 245)])
    assert np.array_equal(recall.lines[0].get_ydata(), [1.0, 0.984, 0.412])
    assert np.array_equal(recall.lines[2].get_ydata(), [0.5, 0.492, 0.206])


def test_recall_is_drawn_both_ways_by_likeness() -> None:
    """The index alone by what candidates cost; both ways by how alike the mates are."""
    effort, alike = drawings.pictures(FOUND)[drawings.CURVES].axes
    assert np.array_equal(effort.lines[0].get_xydata(), [(2.25, 0.875), (17.5, 0.986)])
    drawn = {line.get_label(): line.get_ydata() for line in alike.lines}
    assert np.array_equal(drawn["100,000 people, as shipped"], [0.5, 0.9])
    assert np.array_equal(drawn["100,000 people, index alone"], [0.25, 0.45])


def test_a_gallery_that_is_read_whole_is_searched_one_way() -> None:
    """No index is asked there, so none is told of, drawn or watched."""
    found = layer(read_whole(900, 0.5)) | {BY_EF_SEARCH: [], BY_COSINE: []}
    assert "| 900 | as shipped | 0.5 |" in told.section(found)
    assert "| 900 | index alone |" not in told.section(found)
    assert "whom the index misses" not in told.section(found)
    assert np.size(drawings.pictures(found)[drawings.SEARCH].axes[0].lines[2].get_xydata()) == 0


def test_beyond_its_limit_nothing_is_said_of_the_second_look() -> None:
    """A million are more than the 500,000 that have one; the largest below is told of."""
    assert "among 100,000 people the index alone" in told.section(FOUND, [LARGE]).replace("\n", " ")


def twice(times: float) -> list[object]:
    """Return what two rounds should have, of which the second is a tenth higher."""
    return [pytest.approx(times), pytest.approx(1.1 * times)]


def test_the_scans_are_watched_where_they_take_longest() -> None:
    """The naive one at its largest gallery, the exact one at the largest of all; and recall."""
    told = ratios(FOUND)
    assert told == {
        "mated recall, 100,000 people": [0.984],
        "exact scan in SQL / stranger's search, as shipped, p50, 100,000 people": twice(6),
        "exact scan in SQL / stranger's search, index alone, p50, 100,000 people": twice(24),
        "naive scan / stranger's search, as shipped, p50, 10,000 people": twice(70),
        "naive scan / stranger's search, index alone, p50, 10,000 people": twice(280),
    }


def test_an_exact_scan_that_a_cache_may_hold_is_not_watched() -> None:
    """Of a quick run's 10,000 people the naive scan alone is."""
    small = FOUND | {"sizes": FOUND["sizes"][:1]}
    assert [name.split(" / ")[0] for name in ratios(small)] == [
        "mated recall, 10,000 people",
        "naive scan",
        "naive scan",
    ]


def test_without_the_naive_scan_there_is_no_ratio_of_it() -> None:
    """A run of large galleries alone has none."""
    assert list(ratios(LARGE["layers"]["database"])) == [  # type: ignore[index]
        "mated recall, 1,000,000 people",
        f"exact scan in SQL / stranger's search, {SHIPPED_WAY}, p50, 1,000,000 people",
        f"exact scan in SQL / stranger's search, {INDEX_ALONE}, p50, 1,000,000 people",
    ]


def test_recall_is_aimed_at_in_every_gallery() -> None:
    """It is met where a search as shipped finds 99 of 100 mates, and missed where it does not."""
    judged = {each["what"]: (each["measured"], each["met"]) for each in targets(FOUND)}
    assert judged == {
        "mated top-1 recall of a search among 10,000 people": (1.0, True),
        "mated top-1 recall of a search among 100,000 people": (0.984, False),
    }
