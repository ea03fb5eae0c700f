"""The comparisons of a calibration, divided into those that choose and those that are tried."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deployments.evidence import FEWEST_PEOPLE
from evaluation.calibration import resampling, thresholds
from evaluation.calibration.comparisons import (
    Compared,
    People,
    Scores,
    Told,
    compare_all,
    compare_listed,
)
from evaluation.calibration.findings import TARGETS
from evaluation.calibration.halves import Half, halves
from evaluation.calibration.population import Population
from evaluation.calibration.templates import Pairs
from evaluation.calibration.thresholds import threshold_for

_BLOCK = 65_536
_MOST_KEPT = 10_000  # Of the impostors that look alike; ten are told.

Progress = Callable[[str, float], None]


class TooLittle(ValueError):
    """There is nothing to calibrate with: a half lacks genuine comparisons, or impostor ones."""


@dataclass(frozen=True, slots=True)
class Material:
    """What chose thresholds, what they are tried on, and all comparisons there are.

    `thresholds` are those of each target that both halves carry. `members` are the people that
    thresholds are tried on, as indices, and `drawn` how often each is drawn in each resample; both
    are None where nobody knows who took part.
    """

    choosing: Compared
    tried: Compared
    everything: Compared
    thresholds: dict[float, float]
    members: People | None = None
    drawn: resampling.Weights | None = None


def of_all(
    vectors: NDArray[np.float32], people: People, seed: int, resamples: int, progress: Progress
) -> Material:
    """Compare every two photos within each half, and once all with all."""

    def told(stage: str) -> Told:
        return lambda share: progress(stage, share)

    choosing, trying = _halves(people, seed)
    chosen = _within(vectors, people, choosing, np.inf, told("comparing those who choose"))
    photos = np.bincount(people)[trying.members].astype(np.float64)
    found = _thresholds(chosen, int(resampling.impostor_pairs(photos)))
    cut = min(found.values(), default=np.inf)
    tried = _within(vectors, people, trying, cut, told("comparing those it is tried on"))
    everything = compare_all(vectors, people, cut=_alike(tried), told=told("comparing all"))
    drawn = resampling.weights(len(trying.members), resamples, seed)
    return Material(chosen, tried, everything, found, trying.members, drawn)


def of_pairs(found: Population, pairs: Pairs, seed: int, resamples: int) -> Material:
    """Make the comparisons that are listed, and no other."""
    first, second = found.people[pairs.first], found.people[pairs.second]
    scores = _scores(found.vectors, pairs)
    return of_listed(scores, first == second, (first, second), seed, resamples)


def of_listed(
    scores: Scores,
    same: NDArray[np.bool_],
    people: tuple[People, People],
    seed: int,
    resamples: int,
) -> Material:
    """Divide comparisons by people: those of one of each half are left out."""
    choosing, trying = _halves(np.concatenate(people), seed)
    chosen, tried = (_listed(scores, same, people, half) for half in (choosing, trying))
    drawn = resampling.weights(len(trying.members), resamples, seed)
    everything = compare_listed(scores, same, people)
    found = _thresholds(chosen, tried.impostors.total)
    return Material(chosen, tried, everything, found, trying.members, drawn)


def of_scores(scores: Scores, same: NDArray[np.bool_], seed: int) -> Material:
    """Divide comparisons by chance, since nobody knows whose they are."""
    order = np.random.default_rng(seed).permutation(len(scores))
    parts = order[: len(order) // 2], order[len(order) // 2 :]
    chosen, tried = (_enough(compare_listed(scores[at], same[at], None)) for at in parts)
    everything = compare_listed(scores, same, None)
    return Material(chosen, tried, everything, _thresholds(chosen, tried.impostors.total))


def _scores(vectors: NDArray[np.float32], pairs: Pairs) -> Scores:
    """Return the cosine of each pair, a block at a time: a million pairs are gigabytes."""
    scores = np.empty(len(pairs.first))
    for start in range(0, len(scores), _BLOCK):
        block = slice(start, start + _BLOCK)
        first, second = vectors[pairs.first[block]], vectors[pairs.second[block]]
        scores[block] = np.einsum("nd,nd->n", first, second)
    return scores


def _halves(people: People, seed: int) -> tuple[Half, Half]:
    count = int(people.max(initial=-1)) + 1
    if count < 2 * FEWEST_PEOPLE:
        raise TooLittle(
            f"Each half needs {FEWEST_PEOPLE} people at least, and there are {count} in all."
        )
    return halves(count, seed)


def _within(
    vectors: NDArray[np.float32], people: People, half: Half, cut: float, told: Told
) -> Compared:
    inside = half.has(people)
    return _enough(compare_all(vectors[inside], half.local[people[inside]], cut=cut, told=told))


def _listed(
    scores: Scores, same: NDArray[np.bool_], people: tuple[People, People], half: Half
) -> Compared:
    first, second = people
    inside = half.has(first) & half.has(second)
    local = half.local[first[inside]], half.local[second[inside]]
    return _enough(compare_listed(scores[inside], same[inside], local))


def _enough(compared: Compared) -> Compared:
    if not len(compared.genuine.scores) or not compared.impostors.total:
        raise TooLittle(
            "A half of the people has no two photos of one person, or no two people to compare:"
            " give at least two photos of several people each."
        )
    return compared


def _alike(tried: Compared) -> float:
    """Return from where on impostors look like one person, so high that few are kept.

    Where labels are wrong half of all impostors may.
    """
    likely = float(np.median(tried.genuine.scores))
    counts = tried.impostors.counts
    return max(likely, threshold_for(counts, min(1.0, _MOST_KEPT / max(1, int(counts.sum())))))


def _thresholds(choosing: Compared, tried_on: int) -> dict[float, float]:
    targets: Sequence[float] = sorted({*TARGETS, *thresholds.FINER_TARGETS}, reverse=True)
    return thresholds.chosen(choosing.impostors.counts, tried_on, targets)
