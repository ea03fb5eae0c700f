"""Every comparison is made once, and counted where it belongs."""

import time
import tracemalloc
from itertools import combinations

import numpy as np
import pytest

from evaluation.calibration import comparisons
from evaluation.calibration.comparisons import (
    GRID,
    STEPS,
    at_or_above,
    compare_all,
    compare_listed,
    counted,
)
from tests.unit.evaluation.calibration.crowd import Crowd

CROWD = Crowd(people=11, photos=3)
MIXED = np.random.default_rng(1).permutation(33)


@pytest.mark.parametrize("block", [4, 7, 1024])
def test_each_pair_is_compared_once(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """Whatever the size of a block and the order of photos."""
    monkeypatch.setattr(comparisons, "_BLOCK", block)
    vectors, people = CROWD.vectors()[MIXED], np.repeat(np.arange(11), 3)[MIXED]
    found = compare_all(vectors, people, cut=0.2)
    pairs = [
        (float(vectors[a] @ vectors[b]), people[a] == people[b])
        for a, b in combinations(range(33), 2)
    ]
    genuine = sorted(score for score, own in pairs if own)
    impostors = sorted(score for score, own in pairs if not own)
    kept = [score for score in impostors if score >= 0.2]

    assert found.impostors.total == len(impostors) == 33 * 32 // 2 - 33
    assert np.allclose(np.sort(found.genuine.scores), genuine, atol=1e-6)
    assert np.allclose(found.impostors.scores[::-1], kept, atol=1e-6)
    assert found.photos is not None
    assert found.photos.tolist() == [3] * 11


def test_the_two_people_of_a_kept_pair_are_its_own() -> None:
    """Who took part in a false match is what resampling asks."""
    vectors, people = CROWD.vectors(), np.repeat(np.arange(11), 3)
    found = compare_all(vectors, people, cut=0.1).impostors
    between = vectors.reshape(11, 3, -1)
    nearest = [
        np.abs(between[a] @ between[b].T - score).min()
        for a, b, score in zip(found.first, found.second, found.scores, strict=True)
    ]

    assert (found.first < found.second).all()
    assert max(nearest) < 1e-6


@pytest.mark.parametrize(
    ("score", "threshold"),
    [(0.3383, 0.3383), (0.33829999, 0.3382), (-1.0, -1.0), (1.0, 1.0), (0.0, 0.0)],
)
def test_a_score_that_equals_a_threshold_is_at_it(score: float, threshold: float) -> None:
    """Counts are exact at the edges of the grid, where a tie is a match."""
    reached = at_or_above(counted(np.array([score])))

    assert GRID[int(reached.sum()) - 1] == threshold


def test_float32_scores_are_counted_as_doubles_are() -> None:
    """The quick way and the exact one agree on every threshold as a float32 has it."""
    scores = np.concatenate([GRID, GRID + 3e-5, GRID - 3e-5]).astype(np.float32)
    scores = scores[np.abs(scores) <= 1]

    assert (comparisons._on_the_grid(scores) == counted(scores.astype(np.float64))).all()


def test_listed_comparisons_are_taken_as_they_are() -> None:
    """Most similar impostors first, each with its two people."""
    scores, same = np.array([0.9, 0.1, 0.4]), np.array([True, False, False])
    found = compare_listed(scores, same, (np.array([0, 0, 1]), np.array([0, 1, 2])))

    assert found.impostors.scores.tolist() == [0.4, 0.1]
    assert found.impostors.first.tolist() == [1, 0]
    assert found.genuine.scores.tolist() == [0.9]
    assert found.photos is None


def test_millions_of_impostors_take_seconds_and_little_memory() -> None:
    """Scores are counted a block at a time and never stand in memory together."""
    crowd = Crowd(people=2000, photos=2, dimensions=128)
    vectors, people = crowd.vectors(), np.repeat(np.arange(2000), 2)
    tracemalloc.start()
    began = time.process_time()
    found = compare_all(vectors, people, cut=0.5)
    seconds = time.process_time() - began
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found.impostors.total == 4000 * 3999 // 2 - 2000
    assert seconds < 10
    assert peak < 100 * 2**20


def test_the_grid_is_that_of_four_decimals() -> None:
    """A threshold of the grid is the number that is written, to the last bit."""
    assert [GRID[STEPS + at] for at in (1, 3383, 9999)] == [0.0001, 0.3383, 0.9999]
