"""Photos a second follow from the work of one and from what busy neighbours add."""

import pytest

from cli.capacity.scaling import Scaling
from tests.unit.cli.capacity.made_up import SCALING


@pytest.mark.parametrize(
    ("batch", "megapixels", "expected"), [(1, 0.0, 18.0), (2, 0.0, 17.0), (8, 1.0, 19.25)]
)
def test_a_photo_takes_its_share_of_a_batch_and_its_pixels(
    batch: int, megapixels: float, expected: float
) -> None:
    """The fixed part of a batch is shared by its photos; each pixel is decoded for itself."""
    assert SCALING.milliseconds(batch=batch, megapixels=megapixels) == expected


@pytest.mark.parametrize(("busy", "expected"), [(0.5, 1.0), (1, 1.0), (2, 1.25), (16, 1.25)])
def test_neighbours_slow_no_further_than_where_it_was_measured(busy: int, expected: float) -> None:
    """One core has no neighbour; beyond the measured cores the slowdown stays as it was."""
    assert SCALING.slowdown(busy) == expected


@pytest.mark.parametrize(("busy", "expected"), [(1, 1.0), (2, 1.25), (17, 5.0)])
def test_at_worst_each_further_core_slows_all(busy: int, expected: float) -> None:
    """The linear term of the Universal Scalability Law, to any number of cores."""
    assert SCALING.worst_slowdown(busy) == expected


@pytest.mark.parametrize(("busy", "expected"), [(1, 50.0), (2, 80.0), (4, 160.0)])
def test_cores_do_together_what_they_do_slowed(busy: int, expected: float) -> None:
    """Photos a second are cores by the time that a photo takes each of them."""
    assert SCALING.photos_a_second(busy, batch=2, megapixels=1.0) == pytest.approx(expected)


def test_at_worst_more_cores_bring_little() -> None:
    """With contention that goes on, five cores at twice the time do two and a half cores' work."""
    fewest = SCALING.fewest_photos_a_second(5, batch=2, megapixels=1.0)
    assert fewest == pytest.approx(125.0)
    assert fewest < SCALING.photos_a_second(5, batch=2, megapixels=1.0)


def test_without_contention_cores_add_up() -> None:
    """Neither estimate departs from the other where none slows another."""
    free = Scaling(photo_ms=10.0, batch_ms=0.0, megapixel_ms=0.0, contention=0.0, cores=2)
    assert free.photos_a_second(8, batch=1, megapixels=0) == pytest.approx(800.0)
    assert free.fewest_photos_a_second(8, batch=1, megapixels=0) == pytest.approx(800.0)


@pytest.mark.parametrize(("unseen", "expected"), [(0.125, 2.0), (0.5, 3.0)])
def test_at_worst_there_is_what_could_not_be_seen(unseen: float, expected: float) -> None:
    """Contention below the error of the model may be there; what is likely does not change."""
    model = SCALING.model_copy(update={"unseen": unseen})
    assert model.worst_slowdown(5) == expected
    assert model.slowdown(5) == 1.25
