"""Probes of people in a gallery and of strangers to it, with what an exact search answers.

The gallery is the one of `benchmarks.gallery`, drawn again from its seed a part at a time, so that
a million vectors need no more memory than a thousand. What exact search answers is computed of
vectors rounded to half precision, as the database keeps and compares them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.gallery import SEED, drawn

PROBE_SEED = 7
STRANGER = 0.0  # The cosine to a mate that stands for having none.
# Between the same half-precision vectors the database's arithmetic and numpy's differ by some 1e-6;
# the two faces of a gallery nearest to a probe lie 1e-2 apart, as a rule.
ROUNDING = 1e-5

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Probes:
    """Unit vectors (n, d), the cosine of each to its mate (n), and to the nearest face of all (n).

    A stranger's cosine to a mate is `STRANGER`.
    """

    vectors: Vectors
    cosines: Floats
    nearest: Floats

    def __len__(self) -> int:
        return len(self.vectors)

    def __getitem__(self, which: slice) -> "Probes":
        return Probes(self.vectors[which], self.cosines[which], self.nearest[which])

    @property
    def mated(self) -> NDArray[np.bool_]:
        """Which of them are of people in the gallery."""
        return np.asarray(self.cosines != STRANGER)


def alternating(count: int, cosine: float) -> Floats:
    """Return the cosines of mated probes and of strangers in turn."""
    return np.where(np.arange(count) % 2 == 0, cosine, STRANGER)


def draw(people: int, dimension: int, lots: Mapping[str, Floats]) -> dict[str, Probes]:
    """Return probes for each lot of cosines, their mates drawn at random from the whole gallery."""
    cosines = np.concatenate(list(lots.values()))
    rng = np.random.default_rng(PROBE_SEED)
    mates = _rows(rng.integers(0, people, len(cosines)), people, dimension)
    vectors = like(mates, cosines, rng)
    probes = Probes(vectors, cosines, nearest(vectors, people))
    ends = np.cumsum([len(lot) for lot in lots.values()])
    return {
        name: probes[end - len(lot) : end]
        for (name, lot), end in zip(lots.items(), ends, strict=True)
    }


def like(mates: Vectors, cosines: Floats, rng: np.random.Generator) -> Vectors:
    """Return unit vectors at exactly those cosines from their mates, in random directions."""
    noise = rng.standard_normal(mates.shape)
    across = noise - np.sum(noise * mates, axis=1, keepdims=True) * mates
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    along = cosines[:, None]
    return np.asarray(along * mates + np.sqrt(1 - along**2) * across, np.float32)


def nearest(vectors: Vectors, people: int) -> Floats:
    """Return the cosine of each vector to the nearest of the gallery, by comparing with all."""
    best = np.full(len(vectors), -1.0, np.float32)
    probes = _halved(vectors)
    for part in drawn(people, vectors.shape[1], SEED):
        np.maximum(best, (probes @ _halved(part).T).max(axis=1), out=best)
    return best.astype(np.float64)


def _rows(wanted: NDArray[np.int64], people: int, dimension: int) -> Vectors:
    """Return those rows of the gallery."""
    rows, begin = np.empty((len(wanted), dimension), np.float32), 0
    for part in drawn(people, dimension, SEED):
        here = (wanted >= begin) & (wanted < begin + len(part))
        rows[here] = part[wanted[here] - begin]
        begin += len(part)
    return rows


def _halved(vectors: Vectors) -> Vectors:
    """Return unit vectors of what half precision keeps of these."""
    kept = vectors.astype(np.float16).astype(np.float32)
    return np.asarray(kept / np.linalg.norm(kept, axis=1, keepdims=True), np.float32)
