"""Error rates are counted right, and their interval is drawn over people."""

import numpy as np
import pytest

from benchmarks.measures.accuracy import (
    NO_FACE,
    Comparisons,
    across,
    all_pairs,
    rate,
    spread,
    summary,
)
from deployments.messages.embedder import Vector

PEOPLE = 40


def faces(noise: float, people: int = PEOPLE) -> tuple[list[Vector], list[str]]:
    """Return two unit vectors of each person, the farther apart the more noise there is."""
    chance = np.random.default_rng(0)
    vectors, names = [], []
    for person in range(people):
        centre = chance.normal(size=16)
        for _ in range(2):
            vector = centre + noise * chance.normal(size=16)
            vectors.append((vector / np.linalg.norm(vector)).astype(np.float32))
            names.append(f"{person:03}")
    return vectors, names


def test_every_two_photos_are_compared_once() -> None:
    """Forty people with two photos make forty genuine pairs and 3,120 impostor pairs."""
    compared = all_pairs(*faces(0.1))
    assert (len(compared.genuine), len(compared.impostor)) == (40, 3120)
    assert compared.genuine.min() > compared.impostor.max()


def test_across_compares_each_of_one_side_with_each_of_the_other() -> None:
    """Three people on either side make three genuine pairs and six impostor pairs."""
    vectors, names = faces(0.1, people=3)
    compared = across(vectors[::2], vectors[1::2], names[::2])
    assert (len(compared.genuine), len(compared.impostor)) == (3, 6)


@pytest.mark.parametrize("fmr", [0.3, 0.1, 1e-2, 1e-3])
def test_no_more_impostors_match_than_the_rate_allows(fmr: float) -> None:
    """The threshold admits at most the rate, and one impostor more would be too many."""
    compared = all_pairs(*faces(0.8))
    matching = int((compared.impostor > rate(compared, fmr).threshold).sum())
    assert matching <= fmr * len(compared.impostor) < matching + 1


def test_a_miss_is_a_genuine_pair_that_does_not_reach_the_threshold() -> None:
    """FNMR is the share of genuine pairs at or under it, within the interval."""
    compared = all_pairs(*faces(0.8))
    found = rate(compared, 1e-2)
    missed = int((compared.genuine <= found.threshold).sum())
    assert 0 < missed == found.errors
    assert found.fnmr == missed / found.pairs
    assert found.low < found.fnmr < found.high


def test_no_error_seen_is_no_proof_of_none() -> None:
    """Of forty people without an error up to 7.2 % may be missed, at 95 % confidence."""
    found = rate(all_pairs(*faces(0.1)), 1e-2)
    assert (found.fnmr, found.low) == (0, 0)
    assert found.high == pytest.approx(0.0722, abs=1e-4)


def test_the_interval_counts_people_and_not_pairs() -> None:
    """Twenty pairs that share one person say no more than that person does."""
    person = np.repeat(np.arange(4), 20)
    genuine = Comparisons(np.where(person == 0, 0.1, 0.9), person, person)
    impostor = Comparisons(np.full(6, 0.5), *(np.array(side) for side in np.triu_indices(4, k=1)))
    found = rate(
        Comparisons(
            np.concatenate([genuine.similarities, impostor.similarities]),
            np.concatenate([genuine.first, impostor.first]),
            np.concatenate([genuine.second, impostor.second]),
        ),
        0.1,
    )
    assert (found.errors, found.pairs) == (20, 80)
    assert found.high - found.low > 0.5


def test_a_photo_without_a_face_matches_nobody() -> None:
    """It is no reason to leave the pair out: that would flatter."""
    vectors, names = faces(0.1)
    compared = all_pairs([None, *vectors[1:]], names)
    assert compared.genuine.min() == NO_FACE
    assert rate(compared, 1e-2).errors == 1


def test_the_summary_tells_rates_and_extremes() -> None:
    """Both rates, and the two cosines nearest to an error."""
    compared = all_pairs(*faces(0.1))
    told = summary(compared)
    assert [each["fmr"] for each in told["rates"]] == [1e-2, 1e-3]
    assert told["lowest genuine cosine"] == compared.genuine.min()
    assert told["highest impostor cosine"] == compared.impostor.max()


def test_a_spread_is_of_shares() -> None:
    """A hundred steps from -1 to 1; two cosines of four in one step are half."""
    shares = spread(np.array([-1.0, 0.001, 0.002, 0.999]))
    assert (len(shares), sum(shares)) == (100, 1)
    assert (shares[0], shares[50], shares[99]) == (0.25, 0.5, 0.25)
