"""What would show that data or arithmetic are broken: copies, names dealt out anew, suspects."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluation.calibration.comparisons import (
    Compared,
    People,
    Scores,
    counted,
)
from evaluation.calibration.templates import Templates
from evaluation.calibration.thresholds import equal_error_rate, threshold_for

SAME_IMAGE: Final = 0.99999
"""From this cosine on two templates are of the same pixels, saved twice."""

_BLOCK = 1024
_SHUFFLED_PHOTOS = 600
_SHUFFLES = 20
_SUSPECTS = 10
_LIKE_A_STRANGER = 0.1  # As many of all pairs of strangers are as similar.

Suspect = tuple[str, str, float]


class Distinct(NamedTuple):
    """The photos that are left, as indices, and how many were left out and why."""

    kept: NDArray[np.intp]
    duplicates: int
    shared: int


def distinct(templates: Templates) -> Distinct:
    """Leave out copies: all but the first of a person, and whatever two people are said to be.

    A copy has the digest of another photo, or shows the same pixels under another.
    """
    pictures = _pictures(templates)
    owners = defaultdict(set)
    for person, picture in zip(templates.people, pictures, strict=True):
        owners[picture].add(person)
    first = {picture: at for at, picture in reversed(list(enumerate(pictures)))}
    shared = np.array([len(owners[each]) > 1 for each in pictures], bool)
    kept = np.array([first[each] == at for at, each in enumerate(pictures)], bool)
    return Distinct(np.flatnonzero(kept & ~shared), int((~kept & ~shared).sum()), int(shared.sum()))


def shuffled_eer(vectors: NDArray[np.float32], people: People, seed: int) -> float:
    """Return the equal error rate where names were dealt out anew, mean of several deals."""
    rng = np.random.default_rng(seed)
    chosen = _whole_people(people, rng)
    scores = (vectors[chosen] @ vectors[chosen].T).astype(np.float64)
    pairs = np.triu_indices(len(chosen), k=1)
    rates = []
    for _ in range(_SHUFFLES):
        names = rng.permutation(people[chosen])
        rates.append(_eer(scores[pairs], names[pairs[0]] == names[pairs[1]]))
    return float(np.mean(rates))


def shuffled_eer_of_scores(scores: Scores, same: NDArray[np.bool_], seed: int) -> float:
    """Return the same of listed comparisons, of which it is dealt out who is genuine."""
    rng = np.random.default_rng(seed)
    return float(np.mean([_eer(scores, rng.permutation(same)) for _ in range(_SHUFFLES)]))


def suspects(compared: Compared, names: Sequence[str]) -> tuple[Suspect, ...]:
    """Return who looks like another as people look like themselves, or unlike themselves.

    `compared` has kept the impostors from the median of genuine comparisons on.
    """
    genuine, impostors = compared.genuine, compared.impostors
    likely = threshold_for(impostors.counts, _LIKE_A_STRANGER)
    unlike = np.argsort(genuine.scores, kind="stable")[:_SUSPECTS]
    own = [
        (names[genuine.people[at]], names[genuine.people[at]], float(genuine.scores[at]))
        for at in unlike
        if genuine.scores[at] < likely
    ]
    others = zip(impostors.first, impostors.second, impostors.scores, strict=True)
    alike = [
        (names[first], names[second], float(score))
        for _, (first, second, score) in zip(range(_SUSPECTS), others, strict=False)
        if score >= np.median(genuine.scores)
    ]
    return (*own, *alike)


def _pictures(templates: Templates) -> list[str]:
    """Return a name for what each photo shows: its digest, or that of the first copy of it."""
    found, vectors = list(templates.photos), templates.vectors
    for start in range(0, len(found), _BLOCK):
        scores = vectors[start : start + _BLOCK] @ vectors.T
        for row, column in np.argwhere(scores >= SAME_IMAGE):
            if column < start + row:
                found[start + row] = found[column]
    return found


def _whole_people(people: People, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return photos of some people: all of theirs, for genuine pairs are wanted."""
    order = rng.permutation(int(people.max()) + 1)
    running = np.cumsum(np.bincount(people)[order])
    some = order[: max(2, int((running <= _SHUFFLED_PHOTOS).sum()))]
    return np.flatnonzero(np.isin(people, some))


def _eer(scores: Scores, same: NDArray[np.bool_]) -> float:
    return equal_error_rate(counted(scores[same]), counted(scores[~same]))
