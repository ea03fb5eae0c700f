"""Copies, leaks and wrong labels are found."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.calibration.comparisons import compare_all
from evaluation.calibration.controls import (
    distinct,
    shuffled_eer,
    shuffled_eer_of_scores,
    suspects,
)
from tests.unit.evaluation.calibration.crowd import Crowd

CROWD = Crowd(people=40, photos=3, spread=0.5)


def test_different_photos_are_all_kept() -> None:
    """Alike as they may be."""
    assert distinct(CROWD.templates()).kept.tolist() == list(range(120))


def test_a_photo_that_is_there_twice_counts_once() -> None:
    """A genuine comparison of a photo with itself says nothing."""
    templates = CROWD.templates()
    photos = (*templates.photos[:4], templates.photos[3], *templates.photos[5:])
    found = distinct(replace(templates, photos=photos))

    assert (found.duplicates, found.shared) == (1, 0)
    assert found.kept.tolist() == [*range(4), *range(5, 120)]


def test_the_same_pixels_under_another_digest_are_a_copy() -> None:
    """Somebody saved the photo once more."""
    templates = CROWD.templates()
    vectors = templates.vectors.copy()
    vectors[1] = vectors[0]

    assert distinct(replace(templates, vectors=vectors)).duplicates == 1


def test_a_photo_of_two_people_is_of_neither() -> None:
    """Nobody knows whose label is the wrong one."""
    templates = CROWD.templates()
    photos = (templates.photos[3], *templates.photos[1:])
    found = distinct(replace(templates, photos=photos))

    assert (found.duplicates, found.shared) == (0, 2)
    assert {0, 3}.isdisjoint(found.kept)


@pytest.mark.parametrize("people", [40, 400])
def test_with_names_dealt_out_anew_nothing_can_be_told_apart(people: int) -> None:
    """The equal error rate is a half, for little and for much data."""
    crowd = replace(CROWD, people=people)
    found = shuffled_eer(crowd.vectors(), np.repeat(np.arange(people), 3), 0)

    assert found == pytest.approx(0.5, abs=0.05)


def test_the_same_of_scores_that_are_listed() -> None:
    """Whoever is said to be genuine is so by chance."""
    scores = np.concatenate([np.full(500, 0.9), np.linspace(-0.2, 0.2, 500)])

    assert shuffled_eer_of_scores(scores, np.arange(1000) < 500, 0) == pytest.approx(0.5, abs=0.05)


def test_a_wrong_label_is_suspected() -> None:
    """One photo of the first person bears the name of the second."""
    vectors, people = CROWD.vectors(), np.repeat(np.arange(40), 3)
    people[0] = 1
    names = [f"p{at}" for at in range(40)]
    found = suspects(compare_all(vectors, people, cut=0.6), names)

    assert {each[:2] for each in found} >= {("p0", "p1"), ("p1", "p1")}
    assert all(score < 0.3 for first, second, score in found if first == second)
