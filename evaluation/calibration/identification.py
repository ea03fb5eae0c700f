"""1:N: what becomes of a threshold as the gallery grows.

One photo of each person is the gallery and all others are searched with; of a collection all that
is enrolled, and what was held out. What a gallery of fewer
people would have answered needs no draw: of m people who match a probe among M, a random gallery
of N holds none with probability C(M - m, N) / C(M, N), so each rate is the mean over *all*
galleries of that size.

FPIR and FNIR are those of ISO/IEC 19795-1, the latter of rank 1: a search fails where the mate is
below the threshold or another person is ahead.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, expm1, lgamma, log1p
from typing import Final

import numpy as np
from numpy.typing import NDArray

from deployments.evidence import largest_gallery
from evaluation.calibration.comparisons import People
from evaluation.calibration.findings import GallerySize, LargestGallery, OperatingPoint, Rate
from evaluation.calibration.resampling import Weights, by_person, rate

SIZES: Final = tuple(step * 10**power for power in range(1, 7) for step in (1, 2, 5))
TARGET_FPIRS: Final = (1e-1, 1e-2, 1e-3)

_BLOCK = 1024

Index = Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.intp]]
"""Of a gallery and probes, (n, d) each, the row that a search finds first for each."""

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Searches:
    """What each probe met among `others`, the people of the gallery but its own.

    `own` is the similarity of its mate and `ahead` how many others are more similar, shape (n,);
    `over` says how many others are at or over each threshold. `people` are the probes' own.
    `missed` says whose mate an index did not put first among all, where one was asked.
    """

    people: People
    own: NDArray[np.float32]
    ahead: Counts
    over: Mapping[float, Counts]
    others: int
    missed: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class Gallery:
    """Templates to be searched, and whose each is: `owners` are indices of people, shape (n,)."""

    vectors: NDArray[np.float32]
    owners: People


@dataclass(frozen=True, slots=True)
class Probes:
    """What is searched with, and whose each is. All of them are in the gallery."""

    vectors: NDArray[np.float32]
    owners: People


def search(
    vectors: NDArray[np.float32],
    people: People,
    thresholds: Sequence[float],
    index: Index | None = None,
) -> Searches | None:
    """Search with every photo but the first of each person; None where nobody has a second."""
    first = np.unique(people, return_index=True)[1]
    others = np.setdiff1d(np.arange(len(people)), first)
    gallery = Gallery(vectors[first], people[first])
    return search_in(gallery, Probes(vectors[others], people[others]), thresholds, index)


def search_in(
    gallery: Gallery, probes: Probes, thresholds: Sequence[float], index: Index | None = None
) -> Searches | None:
    """Search in a gallery, where the best of a person's templates counts; None without searches."""
    order = np.argsort(gallery.owners, kind="stable")
    vectors, owners = gallery.vectors[order], gallery.owners[order]
    people, starts = np.unique(owners, return_index=True)
    if not len(probes.owners) or len(people) < 2:  # noqa: PLR2004
        return None
    own = np.empty(len(probes.owners), np.float32)
    ahead = np.empty(len(own), np.int64)
    over = {each: np.empty(len(own), np.int64) for each in thresholds}
    mates = np.searchsorted(people, probes.owners)
    for start in range(0, len(own), _BLOCK):
        block = slice(start, start + _BLOCK)
        scores = np.maximum.reduceat(probes.vectors[block] @ vectors.T, starts, axis=1)
        rows = np.arange(len(scores))
        own[block] = scores[rows, mates[block]]
        scores[rows, mates[block]] = -np.inf
        ahead[block] = (scores > own[block, None]).sum(axis=1)
        for threshold, counts in over.items():
            counts[block] = (scores >= threshold).sum(axis=1)
    missed = None
    if index is not None:
        found = index(vectors, probes.vectors)
        missed = (found < 0) | (owners[found] != probes.owners)
    return Searches(probes.owners, own, ahead, over, len(people) - 1, missed)


def galleries(
    points: Sequence[OperatingPoint], searches: Searches | None, drawn: Weights | None
) -> tuple[GallerySize, ...]:
    """Return FPIR and FNIR by size at the threshold of each supported target.

    Sizes that there were people for are measured, those beyond are predicted from the FMR alone.
    """
    rows = []
    for threshold, fmr in _measured(points):
        largest = searches.others if searches else 0
        for size in sorted({*SIZES, largest} - {0}):
            predicted = predicted_fpir(fmr.value, size), predicted_fpir(fmr.high, size)
            if searches is None or size > largest:
                rows.append(GallerySize(threshold, size, *predicted))
                continue
            fpir = _expected(false_positives(searches, threshold, size), searches.people, drawn)
            fnir = _expected(false_negatives(searches, threshold, size), searches.people, drawn)
            index = _index_fnir(searches, threshold, drawn) if size == largest else None
            rows.append(GallerySize(threshold, size, *predicted, fpir, fnir, index))
    return tuple(rows)


def largest_galleries(points: Sequence[OperatingPoint]) -> tuple[LargestGallery, ...]:
    """Return up to how many faces each supported threshold keeps each FPIR, if all goes badly."""
    return tuple(
        LargestGallery(threshold, target, largest_gallery(fmr.high, target))
        for threshold, fmr in _measured(points)
        for target in TARGET_FPIRS
    )


def predicted_fpir(fmr: float, size: int) -> float:
    """Return 1 - (1 - FMR)^N, of comparisons that are independent."""
    return 1.0 if fmr >= 1 else -expm1(size * log1p(-fmr))


def false_positives(searches: Searches, threshold: float, size: int) -> NDArray[np.float64]:
    """Return each probe's chance to match somebody in a gallery that lacks its own person."""
    return 1 - _all_missed(searches.over[threshold], searches.others, size)


def false_negatives(searches: Searches, threshold: float, size: int) -> NDArray[np.float64]:
    """Return each probe's chance not to find its person in a gallery that has them."""
    first = _all_missed(searches.ahead, searches.others, size - 1)
    return np.where(searches.own >= threshold, 1 - first, 1.0)


def _index_fnir(searches: Searches, threshold: float, drawn: Weights | None) -> Rate | None:
    """Return how often the index lost a person whom exact search puts first, among all."""
    if searches.missed is None:
        return None
    found = (searches.own >= threshold) & (searches.ahead == 0)
    return _expected((found & searches.missed).astype(np.float64), searches.people, drawn)


def _all_missed(marked: Counts, others: int, drawn: int) -> NDArray[np.float64]:
    """Return the chance that a draw from all others holds none of those that are marked."""
    distinct, places = np.unique(marked, return_inverse=True)
    chances = np.array([_none_drawn(int(each), others, drawn) for each in distinct])
    return np.asarray(chances[places])


def _none_drawn(marked: int, others: int, drawn: int) -> float:
    rest = others - marked
    if drawn > rest:
        return 0.0
    ways, all_ways = _log_choices(rest, drawn), _log_choices(others, drawn)
    return exp(ways - all_ways)


def _log_choices(of: int, drawn: int) -> float:
    return lgamma(of + 1) - lgamma(drawn + 1) - lgamma(of - drawn + 1)


def _expected(chances: NDArray[np.float64], people: People, drawn: Weights | None) -> Rate:
    """Return the mean of chances as a rate; resampled are those who search, not the gallery."""
    errors = round(float(chances.sum()))
    draws = None if drawn is None else by_person(chances, people, drawn)
    found = rate(errors, len(chances), draws)
    mean = float(chances.mean())
    return Rate(
        errors,
        len(chances),
        mean,
        min(found.low, mean),
        max(found.high, mean),
        found.independent_low,
        found.independent_high,
    )


def _measured(points: Sequence[OperatingPoint]) -> list[tuple[float, Rate]]:
    """Return the thresholds that are supported, each once, with the FMR that was seen."""
    found = {
        each.threshold: each.fmr
        for each in points
        if each.threshold is not None and each.fmr is not None
    }
    return list(found.items())
