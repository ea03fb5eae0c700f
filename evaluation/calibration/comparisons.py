"""All comparisons of some people: as counts by similarity, and one by one where they matter.

A million photos' worth of impostor scores does not fit in memory, and is not needed: error rates
come from counts on a grid of similarities, and who took part is asked only of false matches.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

STEPS = 10_000
"""Of the grid, to one: thresholds are told to four decimals."""

GRID = np.arange(-STEPS, STEPS + 1) / STEPS
"""Every threshold there is, from -1 to 1; bin k of a count holds GRID[k] <= score < GRID[k + 1]."""

_BLOCK = 1024

Counts = NDArray[np.int64]
People = NDArray[np.intp]
Scores = NDArray[np.float64]
Told = Callable[[float], None]
"""Is told the share that is done, 0 to 1."""


def nobody(_share: float) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Genuine:
    """Every comparison of two photos of one person; `people` are indices, both of shape (n,)."""

    scores: Scores
    people: People

    @property
    def counts(self) -> Counts:
        """Of the grid."""
        return counted(self.scores)


@dataclass(frozen=True, slots=True)
class Impostors:
    """Comparisons of two people: all as counts, and those from the cut on, most similar first."""

    counts: Counts
    scores: Scores
    first: People
    second: People

    @property
    def total(self) -> int:
        """How many there are."""
        return int(self.counts.sum())


@dataclass(frozen=True, slots=True)
class Compared:
    """What one set of people gave.

    `photos` says how many photos each of them has, shape (people,), where each was compared with
    each of all others; else `listed` holds the two people of every impostor comparison there was.
    Where both are None nobody knows who took part: comparisons count as independent then.
    """

    genuine: Genuine
    impostors: Impostors
    photos: NDArray[np.int64] | None = None
    listed: tuple[People, People] | None = None


def counted(scores: Scores) -> Counts:
    """Return how many scores lie in each bin of the grid; exact at its edges."""
    bins = np.searchsorted(GRID, scores, side="right") - 1
    return np.bincount(np.clip(bins, 0, None), minlength=len(GRID))


def at_or_above(counts: Counts) -> Counts:
    """Return how many scores are at least each threshold of the grid: a tie is a match."""
    return counts[::-1].cumsum()[::-1]


def compare_all(
    vectors: NDArray[np.float32],
    people: People,
    *,
    cut: float = np.inf,
    told: Told = nobody,
) -> Compared:
    """Compare every two templates; impostor pairs from `cut` on are kept one by one.

    `vectors` is (n, d) of unit length, `people` (n,) indices from 0 without a gap. In memory are
    a block of scores, the genuine ones and those from the cut on.
    """
    order = np.argsort(people, kind="stable")
    vectors, people = vectors[order], people[order]
    counts = np.zeros(len(GRID), np.int64)
    genuine, kept = [], []
    for rows, columns, done in _blocks(len(people)):
        scores = vectors[rows] @ vectors[columns].T
        # People stand in order, so this is the upper triangle and leaves out one's own photos.
        impostor = people[rows, None] < people[None, columns]
        counts += _on_the_grid(scores[impostor])
        kept.append(_pairs(scores, impostor & (scores >= cut), people, rows, columns))
        if people[rows][-1] >= people[columns][0]:
            own = (people[rows, None] == people[None, columns]) & _upper(rows, columns)
            genuine.append(_pairs(scores, own, people, rows, columns)[:2])
        told(done)
    scores, first, second = (np.concatenate(each) for each in zip(*kept, strict=True))
    falling = np.argsort(-scores, kind="stable")
    own_scores, owners = (np.concatenate(each) for each in zip(*genuine, strict=True))
    return Compared(
        Genuine(own_scores, owners),
        Impostors(counts, np.asarray(scores[falling], np.float64), first[falling], second[falling]),
        photos=np.bincount(people),
    )


def compare_listed(
    scores: Scores, same: NDArray[np.bool_], people: tuple[People, People] | None
) -> Compared:
    """Take comparisons as they are listed; `people` are the two of each, None where unknown."""
    first, second = people or (np.zeros(len(scores), np.intp),) * 2
    falling = np.flatnonzero(~same)[np.argsort(-scores[~same], kind="stable")]
    return Compared(
        Genuine(scores[same], first[same]),
        Impostors(counted(scores[falling]), scores[falling], first[falling], second[falling]),
        listed=None if people is None else (first[falling], second[falling]),
    )


def _blocks(photos: int) -> Iterator[tuple[slice, slice, float]]:
    """Yield the blocks of the upper triangle, and the share that is done with each."""
    edges = [*range(0, photos, _BLOCK), photos]
    parts = [slice(*ends) for ends in pairwise(edges)]
    whole = len(parts) * (len(parts) + 1) // 2
    blocks = ((row, column) for at, row in enumerate(parts) for column in parts[at:])
    for done, (rows, columns) in enumerate(blocks, 1):
        yield rows, columns, done / whole


def _upper(rows: slice, columns: slice) -> NDArray[np.bool_]:
    first = np.arange(rows.start, rows.stop)
    second = np.arange(columns.start, columns.stop)
    return np.asarray(first[:, None] < second[None, :])


def _on_the_grid(scores: NDArray[np.float32]) -> Counts:
    """Count as `counted` does, ten times as fast; a float32 is never as near an edge as to err."""
    bins = np.floor(scores.astype(np.float64) * STEPS).astype(np.intp) + STEPS
    return np.bincount(np.clip(bins, 0, 2 * STEPS), minlength=len(GRID))


def _pairs(
    scores: NDArray[np.float32],
    wanted: NDArray[np.bool_],
    people: People,
    rows: slice,
    columns: slice,
) -> tuple[Scores, People, People]:
    first, second = np.nonzero(wanted)
    return scores[first, second].astype(np.float64), people[rows][first], people[columns][second]
