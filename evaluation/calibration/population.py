"""The people and photos that are compared: without copies, and a sample of too many."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluation.calibration import controls
from evaluation.calibration.comparisons import People
from evaluation.calibration.templates import Pairs, Templates

MOST_PHOTOS: Final = 40_000
"""Of more than as many a sample of people is taken: their 200 million impostor comparisons a half
carry every target there is."""


@dataclass(frozen=True, slots=True)
class Population:
    """Who is compared: `people` are indices into `names`, one for each of `vectors`.

    `duplicates` and `shared` are the photos left out, of one person and of several.
    """

    vectors: NDArray[np.float32]
    people: People
    names: tuple[str, ...]
    duplicates: int
    shared: int
    note: str = ""


def population(templates: Templates, seed: int) -> Population:
    """Leave out copies, and people by chance where there are more photos than can be compared."""
    kept, duplicates, shared = controls.distinct(templates)
    owners = np.array(templates.people)[kept]
    sample = _sampled(owners, seed)
    names, people = np.unique(owners[sample], return_inverse=True)
    note = "" if sample.all() else f"a sample of {len(names):,} people, drawn by chance"
    return Population(
        templates.vectors[kept][sample], people, tuple(map(str, names)), duplicates, shared, note
    )


def listed(templates: Templates, pairs: Pairs) -> tuple[Population, Pairs]:
    """Keep all photos, for a protocol names them, but no photo with itself, and no pair twice.

    Whoever lists a comparison again, in whatever order, has not made another one.
    """
    photos = np.unique(np.array(templates.photos), return_inverse=True)[1]
    names, people = np.unique(np.array(templates.people), return_inverse=True)
    first, second = photos[pairs.first], photos[pairs.second]
    itself = first == second
    copies = int((itself & (people[pairs.first] == people[pairs.second])).sum())
    shared = int(itself.sum()) - copies
    alike = np.minimum(first, second) * len(photos) + np.maximum(first, second)
    kept = _first_of_each(alike, np.flatnonzero(~itself))
    again = len(itself) - copies - shared - len(kept)
    note = f"{again:,} of the pairs listed repeat others and are left out" if again else ""
    found = Population(templates.vectors, people, tuple(map(str, names)), copies, shared, note)
    return found, Pairs(pairs.first[kept], pairs.second[kept])


def _first_of_each(values: NDArray[np.intp], places: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return those places whose value stands at none before them, in their order."""
    return places[np.sort(np.unique(values[places], return_index=True)[1])]


def _sampled(owners: NDArray[np.str_], seed: int) -> NDArray[np.bool_]:
    if len(owners) <= MOST_PHOTOS:
        return np.ones(len(owners), bool)
    names, counts = np.unique(owners, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    few = order[np.cumsum(counts[order]) <= MOST_PHOTOS]
    return np.isin(owners, names[few])
