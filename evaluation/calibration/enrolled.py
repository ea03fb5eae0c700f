"""An enrolled collection against photos that were held out: as it is searched, probe by template.

Templates of a collection are not compared with each other: photos that were enrolled together are
more alike than a probe is that comes later. Of which photos they were nobody knows any more, so
whoever holds out photos that were enrolled as well is not found out.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from evaluation.calibration.samples import Unusable
from evaluation.calibration.templates import Pairs, Templates

MOST_IMPOSTORS: Final = 20_000_000
"""Impostor comparisons that are made at most; of more as many are drawn, by the seed."""

Places = NDArray[np.intp]


def against(
    held_out: Templates,
    people: Sequence[str],
    faces: Sequence[UUID],
    vectors: NDArray[np.float32],
    *,
    seed: int,
    most_impostors: int = MOST_IMPOSTORS,
) -> tuple[Templates, Pairs]:
    """Put enrolled templates behind those held out, and pair each held out with each enrolled.

    `photos` of an enrolled template is a digest of its face's id. Raises Unusable where nobody held
    out is enrolled, or nobody else is.
    """
    templates = Templates(
        (*held_out.people, *people),
        (*held_out.photos, *(hashlib.sha256(face.bytes).hexdigest() for face in faces)),
        np.concatenate([held_out.vectors, vectors]),
        held_out.failures,
    )
    genuine = _genuine(held_out.people, _by_person(people))
    impostor = _impostor(held_out.people, people, most_impostors, seed)
    if not genuine.size or not impostor.size:
        raise Unusable(
            "Of the people held out there must be some who are enrolled, by external id, and the "
            "collection must hold others besides."
        )
    first, second = np.concatenate([genuine, impostor], axis=1)
    return templates, Pairs(first, second + len(held_out.people))


def _by_person(people: Sequence[str]) -> Mapping[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, name in enumerate(people):
        places.setdefault(name, []).append(place)
    return places


def _genuine(probes: Sequence[str], enrolled: Mapping[str, Sequence[int]]) -> Places:
    """Return the places (2, m) of each probe and each template of the same person."""
    pairs = [
        (probe, place) for probe, name in enumerate(probes) for place in enrolled.get(name, ())
    ]
    return np.array(pairs, np.intp).reshape(len(pairs), 2).T


def _impostor(probes: Sequence[str], people: Sequence[str], most: int, seed: int) -> Places:
    """Return the places (2, m) of probes and templates of others: all, or as many drawn.

    Impostor comparisons are numbered probe by probe, over templates ordered by person, and numbers
    are drawn: those of ten thousand probes and a million templates fit in no memory.
    """
    both = np.unique(np.array([*probes, *people], object), return_inverse=True)[1]
    own, owners = both[: len(probes)], both[len(probes) :]
    order = np.argsort(owners, kind="stable")
    sizes = np.bincount(owners, minlength=int(both.max(initial=-1)) + 1)
    starts, others = np.cumsum(sizes) - sizes, len(people) - sizes[own]
    ends = np.cumsum(others)
    drawn = _drawn(int(others.sum()), most, np.random.default_rng(seed))
    first = np.searchsorted(ends, drawn, side="right")
    second = drawn - (ends - others)[first]
    second += np.where(second >= starts[own[first]], sizes[own[first]], 0)
    return np.stack([first, order[second]])


def _drawn(total: int, most: int, chance: np.random.Generator) -> Places:
    """Return all numbers below `total`, or exactly `most` of them by chance, each once."""
    if total <= most:
        return np.arange(total)
    if total <= 2 * most:
        return np.sort(chance.permutation(total)[:most])
    drawn = np.empty(0, np.intp)
    while len(drawn) < most:
        more = chance.integers(total, size=most - len(drawn))
        drawn = np.unique(np.concatenate([drawn, more]))
    return drawn
