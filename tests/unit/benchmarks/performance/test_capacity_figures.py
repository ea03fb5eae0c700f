"""What ships with the package is what the last whole run found, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.performance import result
from benchmarks.performance.capacity_figures import (
    build_seconds_of,
    figures_of,
    keep,
    line_of,
    overhead_of,
)
from cli.capacity import figures
from cli.capacity.figures import Figures, Line
from tests.unit.benchmarks.performance.capacity_run import END_TO_END, run, size


def flat(told: Any, name: str = "") -> dict[str, Any]:
    """Return nested figures by whole names, to compare but for the last digits of least squares."""
    if not isinstance(told, dict):
        return {name: told}
    return {
        whole: value
        for key, each in told.items()
        for whole, value in flat(each, f"{name}/{key}").items()
    }


@pytest.fixture
def taken() -> Figures:
    """Return the figures of the made-up run."""
    return Figures.model_validate(figures_of(run()))


def test_figures_say_where_they_are_from(taken: Figures) -> None:
    """The result file's name and the machine."""
    assert taken.source == "benchmarks/results/2026-01-02-abc1234.json"
    assert taken.machine.startswith("Some CPU, 2 cores")


def test_photos_cost_what_was_measured_as_shipped(taken: Figures) -> None:
    """Both packs by their own stages; the stand-in passes for the pack whose networks it has."""
    inference = taken.inference
    assert (inference.photo.decode_ms, inference.photo.align_ms) == (1.5, 1.0)
    assert inference.packs["buffalo_sc"].model_dump() == {"detect_ms": 4.0, "embed_ms": 6.0}
    assert inference.packs["opencv_zoo"].model_dump() == {"detect_ms": 3.0, "embed_ms": 9.0}


def test_work_is_told_by_its_kind(taken: Figures) -> None:
    """4 ms are 0.125 G of the separable detector; 50 ms are 6.25 G of the dense network."""
    rates = {kind: rate.model_dump() for kind, rate in taken.inference.per_gmac.items()}
    assert rates["separable"] == {"detect_ms": 32.0, "embed_ms": 12.0}
    assert rates["dense"] == {"detect_ms": 8.0, "embed_ms": 8.0}


def test_lines_go_through_what_an_index_searched(taken: Figures) -> None:
    """From 10,000 to 100,000 people a ms more; of a thousand, read whole, they know nothing."""
    line = taken.gallery.index.p50_ms
    assert [line.slope, line.base] == pytest.approx([1.0, -2.0])
    assert (taken.gallery.smallest, taken.gallery.largest) == (10_000, 100_000)


def test_as_shipped_a_search_grows_with_the_people(taken: Figures) -> None:
    """From 2.4 to 7 ms, the mean of mates and strangers, along a straight line."""
    line = taken.gallery.shipped.p50_ms
    assert [line.at(people) for people in (10_000, 100_000)] == pytest.approx([2.4, 7.0])


def test_postgresql_takes_what_it_took_of_whole_requests(taken: Figures) -> None:
    """As steep as searches alone, through a request's 8 ms, or 1.75 by the index alone."""
    shipped, index = taken.gallery.shipped.cpu_ms, taken.gallery.index.cpu_ms
    assert index.slope == pytest.approx(0.5)
    assert index.at(5) == pytest.approx(1.75)
    assert shipped.slope == pytest.approx((5.5 - 1.4) / 90_000)
    assert shipped.at(100_000) == pytest.approx(8.0)


def test_recall_is_of_the_largest_gallery_that_was_looked_at(taken: Figures) -> None:
    """Either way, of mates as like as was measured."""
    recall = taken.gallery.recall
    assert (recall.people, recall.cosine) == (100_000, 0.7)
    assert (recall.shipped, recall.index) == (1.0, 0.75)


def test_bytes_are_a_template_s(taken: Figures) -> None:
    """Of the largest gallery: its index, its tables with keys, and the rows of a person."""
    gallery = taken.gallery
    assert (gallery.index_bytes, gallery.table_bytes, gallery.row_bytes) == (1200, 1130, 700)
    assert gallery.signs_bytes == 180


def test_larger_galleries_that_were_measured_apart_count(taken: Figures) -> None:
    """What `make bench-gallery` found lengthens the lines; a million are beyond the limit here."""
    document = {"layers": {"database": {"sizes": [size(1_000_000, 2.0, 4.0, 600.0)]}}}
    with_them = Figures.model_validate(figures_of(run(), [document]))
    assert with_them.gallery.largest == 1_000_000
    assert with_them.gallery.index.p50_ms.at(6) == pytest.approx(4.0)
    assert with_them.gallery.shipped == taken.gallery.shipped
    assert with_them.gallery.recall == taken.gallery.recall


def test_one_size_makes_no_slope() -> None:
    """A quick run may have one gallery that an index searched."""
    assert line_of([4.0], [2.0]) == Line(base=2.0, slope=0.0)


def test_small_galleries_have_their_say_in_a_line() -> None:
    """Errors count as shares: 1 ms of three must not be lost for 1 ms of a hundred."""
    line = line_of([1e4, 1e5, 1e6], [3.0, 13.0, 100.0])
    assert line.at(1e4) == pytest.approx(3.0, rel=0.1)


def test_without_a_look_at_everybody_all_is_of_the_index() -> None:
    """Who has turned it off measures one way twice, and is told of that."""
    document = run()
    document["layers"]["database"] = document["layers"]["database"] | {
        "tuning": {"compare_all_up_to": 0}
    }
    gallery = Figures.model_validate(figures_of(document)).gallery
    assert (gallery.compare_all_up_to, gallery.recall.people) == (0, 100_000)


def test_building_is_fitted_where_something_was_built() -> None:
    """A gallery that was full already tells of no seconds."""
    full = size(100_000, 1.5, 3.0, 0.0)
    full["filled"] = {"people": 0, "rows_seconds": 0.0, "index_seconds": 0.0}
    built = size(10_000, 1.0, 2.0, 4.0)
    assert build_seconds_of([built, full]) == pytest.approx(4.0 / 40_000)


def test_overhead_is_all_but_inference_and_postgresql() -> None:
    """Of embedder and decoder the 13 ms of the bare loop are taken away, which is inference."""
    found = overhead_of(END_TO_END)
    assert found == {"embedder, besides inference": 1.5, "ingress": 3.0, "haproxy": 0.25}


def test_memory_is_an_embedder_s_and_the_rest(taken: Figures) -> None:
    """Two embedders with their decoders hold 600 MB; PostgreSQL is told apart."""
    service = taken.service
    assert (service.embedder_mb, service.rest_mb, service.postgresql_mb) == (300, 200, 150)
    assert service.alone_ms == 25.0


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """The file holds all of it."""
    keep(run(), path=tmp_path / "figures.json")
    assert figures.load(tmp_path / "figures.json").model_dump() == figures_of(run())


def test_the_shipped_figures_are_of_the_last_run() -> None:
    """Whoever commits a result commits what ships with the package as well."""
    try:
        last = result.last()
    except result.NoResult as nothing:
        pytest.skip(str(nothing))
    shipped = flat(json.loads(figures.PATH.read_text()))
    assert shipped == pytest.approx(flat(figures_of(last, result.galleries())))
