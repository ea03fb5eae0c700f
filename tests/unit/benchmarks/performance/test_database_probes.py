"""Probes are as like their mates as is said, and what exact search answers is exact."""

import numpy as np
import pytest

from benchmarks.gallery import SEED, directions
from benchmarks.performance.database.probes import STRANGER, Probes, alternating, draw, nearest

PEOPLE, DIMENSION = 300, 64
COSINE = 0.7


@pytest.fixture(scope="module")
def lots() -> dict[str, Probes]:
    """Return two lots for a small gallery: of both kinds, and of mates that are very alike."""
    return draw(PEOPLE, DIMENSION, {"both": alternating(10, COSINE), "alike": np.full(4, 0.95)})


def test_each_lot_has_its_own_probes(lots: dict[str, Probes]) -> None:
    """They come under the names and in the numbers that were asked for."""
    assert {name: len(lot) for name, lot in lots.items()} == {"both": 10, "alike": 4}
    assert np.all(lots["alike"].cosines == 0.95)


def test_every_other_probe_is_of_a_stranger(lots: dict[str, Probes]) -> None:
    """Mated and strange ones take turns, so that both meet the same of the machine."""
    assert lots["both"].mated.tolist() == [True, False] * 5
    assert alternating(3, COSINE).tolist() == [COSINE, STRANGER, COSINE]


def test_a_probe_is_as_like_its_mate_as_was_asked_for(lots: dict[str, Probes]) -> None:
    """Of all in the gallery one has that cosine to it, and it is of unit length."""
    alike = lots["alike"].vectors @ directions(PEOPLE, DIMENSION, SEED).T
    assert np.linalg.norm(lots["alike"].vectors, axis=1) == pytest.approx(1, abs=1e-6)
    assert alike.max(axis=1) == pytest.approx(0.95, abs=1e-6)


def test_mates_are_drawn_from_the_whole_gallery() -> None:
    """Not from those alone that were put in first."""
    drawn = draw(PEOPLE, DIMENSION, {"": np.full(60, 0.95)})[""]
    mates = (drawn.vectors @ directions(PEOPLE, DIMENSION, SEED).T).argmax(axis=1)
    assert mates.min() < PEOPLE / 3
    assert mates.max() > 2 * PEOPLE / 3


def test_a_mate_is_the_nearest_and_a_stranger_has_one_too(lots: dict[str, Probes]) -> None:
    """Half precision moves it by less than a thousandth; nobody in the gallery is a stranger's."""
    both = lots["both"]
    assert both.nearest[both.mated] == pytest.approx(COSINE, abs=1e-3)
    assert both.nearest[~both.mated].max() < COSINE - 0.1


def test_the_nearest_is_told_of_what_the_database_keeps() -> None:
    """Vectors are compared once they were rounded to half precision, as those in its tables."""
    kept, probes = (
        drawn.astype(np.float16).astype(np.float64)
        for drawn in (directions(PEOPLE, DIMENSION, SEED), directions(5, DIMENSION, seed=3))
    )
    cosines = probes @ kept.T / np.outer(*(np.linalg.norm(x, axis=1) for x in (probes, kept)))
    found = nearest(directions(5, DIMENSION, seed=3), PEOPLE)
    assert found == pytest.approx(cosines.max(axis=1), abs=1e-6)


def test_the_same_probes_are_drawn_each_time(lots: dict[str, Probes]) -> None:
    """Two commits are measured with the same ones."""
    again = draw(PEOPLE, DIMENSION, {"both": alternating(10, COSINE), "alike": np.full(4, 0.95)})
    assert np.array_equal(again["both"].vectors, lots["both"].vectors)
