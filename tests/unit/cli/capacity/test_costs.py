"""What a request costs: read where it was measured, reckoned where it was not, and told apart."""

from collections.abc import Callable

import pytest

from cli.capacity import costs
from cli.capacity.figures import Line
from cli.capacity.known import Basis, Known, fitted, measured
from tests.unit.cli.capacity.made_up import FIGURES


@pytest.mark.parametrize("pack", ["buffalo_sc", "buffalo_s"])
def test_packs_of_the_measured_networks_cost_what_was_measured(pack: str) -> None:
    """Two packs with the same networks are one to the machine: 2 + 1 + 7 + 10 ms."""
    assert costs.inference_ms(FIGURES, pack, 1.0) == measured(20.0)


def test_a_larger_photo_costs_its_pixels() -> None:
    """Three megapixels more at 3 ms each, from a curve."""
    assert costs.inference_ms(FIGURES, "buffalo_sc", 4.0) == fitted(29.0, within=True)


def test_a_pack_that_was_not_measured_is_reckoned_from_its_work() -> None:
    """SCRFD-10G on 100,000 of 307,200 pixels, IResNet-50 once, at 10 ms each 10⁹."""
    expected = 10 * 10.0 * 100_000 / 307_200 + 10 * 6.31
    found = costs.networks_ms(FIGURES, "buffalo_l")
    assert found.value == pytest.approx(expected)
    assert found.basis is Basis.extrapolated


def test_the_kind_of_network_decides_what_its_work_takes() -> None:
    """YuNet's and SFace's multiply-adds are those of separable convolutions."""
    expected = 50 * 0.344 * 100_000 / 640**2 + 25 * 0.574
    assert costs.networks_ms(FIGURES, "opencv_zoo").value == pytest.approx(expected)


def test_what_is_neither_inference_nor_database_is_overhead() -> None:
    """All parts together."""
    assert costs.overhead_ms(FIGURES) == measured(5.0)


@pytest.mark.parametrize(
    ("people", "expected", "basis"),
    [
        (10_000, 1.25, Basis.fitted),
        (100_000, 3.5, Basis.fitted),
        (1e6, 26.0, Basis.extrapolated),
        (1e6 + 1, 4.0, Basis.extrapolated),
        (1e7, 4.5, Basis.extrapolated),
    ],
)
def test_a_search_grows_with_the_people_and_by_the_index_alone_with_their_logarithm(
    people: float, expected: float, basis: Basis
) -> None:
    """Up to the million that are all looked at; outside of what was measured that is a guess."""
    found = costs.search_ms(FIGURES, people, FIGURES.gallery.dimension)
    assert found.value == pytest.approx(expected)
    assert found.basis is basis


@pytest.mark.parametrize(
    ("people", "expected"), [(10_000, 2.5), (100_000, 7.0), (1e6, 52.0), (1e7, 9.0)]
)
def test_so_does_its_latency(people: float, expected: float) -> None:
    """Along lines of its own."""
    found = costs.search_latency_ms(FIGURES, people, FIGURES.gallery.dimension)
    assert found.value == pytest.approx(expected)


@pytest.mark.parametrize("reckon", [costs.search_ms, costs.search_latency_ms])
@pytest.mark.parametrize(("dimension", "basis"), [(512, Basis.fitted), (128, Basis.extrapolated)])
def test_vectors_of_another_length_were_not_searched(
    reckon: Callable[..., Known], dimension: int, basis: Basis
) -> None:
    """What a search takes of them is a guess, whatever the gallery."""
    assert reckon(FIGURES, 10_000, dimension).basis is basis


def test_no_search_takes_less_than_nothing() -> None:
    """A line that falls below zero for small galleries is cut there."""
    assert Line(base=-9.0, slope=0.5).at(10) == 0


@pytest.mark.parametrize(
    ("dimension", "index", "table", "signs", "basis"),
    [(512, 1200, 1100, 200, Basis.measured), (128, 432, 332, 152, Basis.extrapolated)],
)
def test_a_shorter_vector_takes_less_of_each(
    dimension: int, index: float, table: float, signs: float, basis: Basis
) -> None:
    """384 numbers of two bytes each fewer, in the index and in the table, and as many bits."""
    assert costs.index_bytes(FIGURES, dimension) == Known(index, basis)
    assert costs.table_bytes(FIGURES, dimension) == Known(table, basis)
    assert costs.signs_bytes(FIGURES, dimension) == Known(signs, basis)


@pytest.mark.parametrize(
    ("people", "expected", "basis"),
    [
        (100, 0.02, Basis.extrapolated),
        (100_000, 50.0, Basis.fitted),
        (1_000_000, 600.0, Basis.extrapolated),
    ],
)
def test_an_index_is_built_in_n_log_n(people: float, expected: float, basis: Basis) -> None:
    """Each is put into a graph that takes the longer to walk the larger it is."""
    found = costs.build_seconds(FIGURES, people)
    assert found.value == pytest.approx(expected)
    assert found.basis is basis


def test_larger_weights_are_held_twice() -> None:
    """16.9 + 174 MB instead of 2.5 + 13.6, as they are and packed."""
    found = costs.embedder_mb(FIGURES, "buffalo_l")
    assert found.value == pytest.approx(300 + 2 * (190.9 - 16.1))
    assert found.basis is Basis.extrapolated
    assert costs.embedder_mb(FIGURES, "buffalo_s") == measured(300.0)


@pytest.mark.parametrize(
    ("other", "basis"),
    [
        (measured(1.0), Basis.measured),
        (fitted(1.0, within=True), Basis.fitted),
        (fitted(1.0, within=False), Basis.extrapolated),
    ],
)
def test_a_sum_is_as_sure_as_its_worst_part(other: Known, basis: Basis) -> None:
    """So is a product."""
    assert measured(2.0) + other == Known(3.0, basis)
    assert other * measured(2.0) == Known(2.0, basis)
