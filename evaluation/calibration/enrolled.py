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
    probes = np.array(held_out.people, dtype=object)
    genuine = _genuine(held_out.people, _by_person(people))
    impostor = _impostor(probes, np.array(people, dtype=object), most_impostors, seed)
    if not genuine.size or not impostor.size:
        raise Unusable(
            "Of the people held out there must be some who are enrolled, by external id, and the "
            "collection must hold others besides."
        )
    first, second = np.concatenate([genuine, impostor], axis=1)
    return templates, Pairs(first, second + len(probes))


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


def _impostor(
    probes: NDArray[np.object_], people: NDArray[np.object_], most: int, seed: int
) -> Places:
    """Return the places (2, m) of probes and templates of others: all, or as many drawn."""
    total = len(probes) * len(people)
    drawn = np.arange(total)
    if total > most:
        drawn = np.unique(np.random.default_rng(seed).integers(total, size=most))
    first, second = np.divmod(drawn, max(len(people), 1))
    others = probes[first] != people[second]
    return np.stack([first[others], second[others]])
