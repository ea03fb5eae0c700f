"""How often two photos of one person are told apart, with an interval that people give, not pairs.

Every pair shares its people with other pairs, so pairs are no independent draws. The interval is a
bootstrap over people, who take all their pairs with them, and the threshold is set anew each time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Vector = NDArray[np.float32]

NO_FACE = -1.0
RATES = (1e-2, 1e-3)
_RESAMPLES = 1000
_LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Comparisons:
    """N compared pairs: cosines (N,), and whom either side shows, as a number (N,) each."""

    similarities: Floats
    first: NDArray[np.intp]
    second: NDArray[np.intp]

    @property
    def genuine(self) -> Floats:
        """The cosines of pairs of one person."""
        same: Floats = self.similarities[self.first == self.second]
        return same

    @property
    def impostor(self) -> Floats:
        """The cosines of pairs of two people."""
        other: Floats = self.similarities[self.first != self.second]
        return other


@dataclass(frozen=True, slots=True)
class Rate:
    """FNMR at a false match rate; 95 % interval over people, `errors` of `pairs` genuine pairs."""

    fmr: float
    threshold: float
    fnmr: float
    low: float
    high: float
    errors: int
    pairs: int


def all_pairs(vectors: Iterable[Vector | None], people: Sequence[str]) -> Comparisons:
    """Compare every two photos; one without a face, None, matches nobody."""
    first, second = np.triu_indices(len(people), k=1)
    stacked = _stacked(list(vectors))
    return _compared(stacked, stacked, _numbers(people), first, second)


def across(
    gallery: Sequence[Vector | None], probes: Sequence[Vector | None], people: Sequence[str]
) -> Comparisons:
    """Compare each photo of the gallery with each probe; `people` says whom both show."""
    first, second = (axis.ravel() for axis in np.indices((len(people), len(people))))
    return _compared(_stacked(gallery), _stacked(probes), _numbers(people), first, second)


def rate(comparisons: Comparisons, fmr: float) -> Rate:
    """Return the FNMR at the lowest threshold that lets no more than `fmr` of impostors match.

    Where no error was seen, the upper end is what as many people without an error allow.
    """
    people = int(comparisons.first.max()) + 1
    once = np.ones(people)
    ranked = _ranked(comparisons)
    threshold, fnmr = _rate(ranked, once, fmr)
    draws = np.random.default_rng(0).multinomial(people, once / people, _RESAMPLES)
    low, high = np.quantile([_rate(ranked, draw, fmr)[1] for draw in draws], [0.025, 0.975])
    genuine = comparisons.genuine
    unseen = 1 - (1 - _LEVEL) ** (1 / people)
    return Rate(
        fmr=fmr,
        threshold=threshold,
        fnmr=fnmr,
        low=float(low),
        high=float(high) if fnmr else unseen,
        errors=int((genuine <= threshold).sum()),
        pairs=len(genuine),
    )


def summary(comparisons: Comparisons) -> dict[str, Any]:
    """Return error rates, and the two cosines nearest to an error."""
    return {
        "lowest genuine cosine": float(comparisons.genuine.min()),
        "highest impostor cosine": float(comparisons.impostor.max()),
        "rates": [asdict(rate(comparisons, fmr)) for fmr in RATES],
    }


def spread(cosines: Floats) -> list[float]:
    """Return the share of cosines in each of 100 equal steps from -1 to 1."""
    counts, _ = np.histogram(cosines, bins=100, range=(-1, 1))
    return [round(float(share), 6) for share in counts / len(cosines)]


def _stacked(vectors: Sequence[Vector | None]) -> Vector:
    width = next(len(vector) for vector in vectors if vector is not None)
    nothing = np.full(width, np.nan, np.float32)
    return np.stack([nothing if vector is None else vector for vector in vectors])


def _numbers(people: Sequence[str]) -> NDArray[np.intp]:
    return np.unique(people, return_inverse=True)[1]


def _compared(
    left: Vector,
    right: Vector,
    people: NDArray[np.intp],
    first: NDArray[np.intp],
    second: NDArray[np.intp],
) -> Comparisons:
    similarities = (left @ right.T)[first, second].astype(np.float64)
    found = np.nan_to_num(similarities, nan=NO_FACE)
    return Comparisons(found, people[first], people[second])


def _ranked(comparisons: Comparisons) -> Comparisons:
    """Order pairs from the most similar down, so that a threshold is a place among impostors."""
    order = np.argsort(-comparisons.similarities, kind="stable")
    return Comparisons(
        comparisons.similarities[order], comparisons.first[order], comparisons.second[order]
    )


def _rate(ranked: Comparisons, times: Floats, fmr: float) -> tuple[float, float]:
    """Return threshold and FNMR where person p was drawn `times[p]` times.

    A pair matches over the threshold, which is the first impostor too many.
    """
    same = ranked.first == ranked.second
    weights = times[ranked.first] * times[ranked.second]
    impostors = np.cumsum(weights[~same])
    at = int(np.searchsorted(impostors, fmr * impostors[-1], side="right"))
    threshold = float(ranked.similarities[~same][min(at, len(impostors) - 1)])
    genuine = times[ranked.first[same]]
    missed = genuine[ranked.similarities[same] <= threshold]
    return threshold, float(missed.sum() / genuine.sum())
