"""1:N is measured over every gallery of a size at once, and predicted beyond."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from deployments.evidence import NO_LIMIT, largest_gallery
from evaluation.calibration.findings import OperatingPoint
from evaluation.calibration.identification import (
    Gallery,
    Probes,
    Searches,
    false_negatives,
    false_positives,
    galleries,
    largest_galleries,
    predicted_fpir,
    search,
    search_in,
)
from evaluation.calibration.resampling import rate, weights
from tests.unit.evaluation.calibration.crowd import Crowd

CROWD = Crowd(people=9, photos=2, spread=0.9, dimensions=6)
PEOPLE = np.repeat(np.arange(9), 2)
THRESHOLD = 0.5
POINT = OperatingPoint(
    1e-2, supported=True, threshold=THRESHOLD, fmr=rate(4, 1000, None), fnmr=rate(0, 9, None)
)


@pytest.fixture
def searches() -> Searches:
    """Return what the second photo of each person meets among the first ones."""
    found = search(CROWD.vectors(), PEOPLE, [THRESHOLD])
    assert found is not None
    return found


@pytest.mark.parametrize("size", [1, 3, 8])
def test_fpir_is_the_mean_over_all_galleries_without_the_person(
    searches: Searches, size: int
) -> None:
    """As found by trying each of them."""
    vectors = CROWD.vectors()
    for probe, chance in enumerate(false_positives(searches, THRESHOLD, size)):
        scores = {other: float(vectors[2 * probe + 1] @ vectors[2 * other]) for other in range(9)}
        tried = [
            any(scores[other] >= THRESHOLD for other in gallery)
            for gallery in combinations(sorted({*range(9)} - {probe}), size)
        ]
        assert chance == pytest.approx(np.mean(tried))


@pytest.mark.parametrize("size", [1, 4, 9])
def test_fnir_is_the_mean_over_all_galleries_with_the_person(searches: Searches, size: int) -> None:
    """Missed is who is below the threshold, or behind somebody else."""
    vectors = CROWD.vectors()
    for probe, chance in enumerate(false_negatives(searches, THRESHOLD, size)):
        scores = {other: float(vectors[2 * probe + 1] @ vectors[2 * other]) for other in range(9)}
        mate = scores.pop(probe)
        tried = [
            mate < THRESHOLD or any(scores[other] > mate for other in gallery)
            for gallery in combinations(sorted(scores), size - 1)
        ]
        assert chance == pytest.approx(np.mean(tried))


def test_sizes_beyond_the_people_there_are_are_predicted(searches: Searches) -> None:
    """And what was measured stands beside what was predicted for it."""
    rows = galleries([POINT], searches, weights(9, 100, 0))
    measured = [each for each in rows if each.fpir is not None]

    assert [each.size for each in measured] == [8]
    assert [each.size for each in rows][-1] == 5_000_000
    assert all(each.predicted_fpir == predicted_fpir(0.004, each.size) for each in rows)


def test_without_a_second_photo_nobody_can_be_searched_for() -> None:
    """All that is left is the prediction."""
    assert search(CROWD.vectors()[::2], np.arange(9), [THRESHOLD]) is None
    assert all(each.fpir is None for each in galleries([POINT], None, None))


@pytest.mark.parametrize(
    ("fmr", "size", "fpir"),
    [(1e-6, 1000, 0.001), (1e-6, 100_000, 0.0952), (1e-6, 1_000_000, 0.632), (1.0, 3, 1.0)],
)
def test_fpir_grows_with_the_gallery(fmr: float, size: int, fpir: float) -> None:
    """1 - (1 - FMR)^N."""
    assert predicted_fpir(fmr, size) == pytest.approx(fpir, rel=1e-3)


@pytest.mark.parametrize(
    ("fmr", "target", "size"),
    [(1e-6, 1e-3, 1000), (1e-3, 1e-2, 10), (0.5, 1e-3, 0), (1.0, 0.1, 0), (0.0, 0.1, NO_LIMIT)],
)
def test_the_largest_safe_gallery(fmr: float, target: float, size: int) -> None:
    """One face more would break the target."""
    assert largest_gallery(fmr, target) == size


def test_the_largest_gallery_goes_by_the_upper_end() -> None:
    """What was measured may have been lucky."""
    lucky = replace(POINT, fmr=rate(0, 3000, None))
    sizes = {each.target_fpir: each.size for each in largest_galleries([lucky])}

    assert lucky.fmr is not None
    assert sizes[1e-1] == largest_gallery(lucky.fmr.high, 1e-1) < 100


@pytest.mark.parametrize(("shift", "lost"), [(0, False), (1, True)])
def test_what_an_index_loses_is_told_of_the_whole_gallery(shift: int, lost: bool) -> None:
    """Only of those whom exact search finds: here it loses nobody, or everybody."""
    answer = (np.arange(9) + shift) % 9
    found = search(CROWD.vectors(), PEOPLE, [THRESHOLD], lambda _gallery, _probes: answer)
    assert found is not None
    exact = int(((found.own >= THRESHOLD) & (found.ahead == 0)).sum())
    (row,) = (each for each in galleries([POINT], found, None) if each.index_fnir)

    assert row.index_fnir is not None
    assert exact > 0
    assert (row.size, row.index_fnir.errors) == (8, exact if lost else 0)


def test_the_best_of_a_persons_templates_counts() -> None:
    """In a gallery of two templates a person, in any order, whoever is searched for."""
    vectors, order = CROWD.vectors(), np.random.default_rng(0).permutation(18)
    probe = Crowd(people=9, photos=3, spread=0.9, dimensions=6).vectors()[2::3]
    gallery = Gallery(vectors[order], PEOPLE[order])
    found = search_in(gallery, Probes(probe, np.arange(9)), [THRESHOLD])
    scores = (probe @ vectors.T).reshape(9, 9, 2).max(axis=2)
    own = scores.diagonal()
    others = scores[~np.eye(9, dtype=bool)].reshape(9, 8)

    assert found is not None
    assert found.others == 8
    assert found.own == pytest.approx(own)
    assert found.ahead.tolist() == (others > own[:, None]).sum(axis=1).tolist()
    assert found.over[THRESHOLD].tolist() == (others >= THRESHOLD).sum(axis=1).tolist()
