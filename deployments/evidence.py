"""What stands behind a threshold: the part of a calibration that a policy keeps and answers tell.

It is small enough to lie in memory and to cross a handle; the whole report stays with whoever made
it, and `report_digest` tells it apart. Nothing here computes a rate: evaluation/calibration does.
"""

from dataclasses import dataclass
from math import floor, log1p
from typing import Final

RULE_OF_THREE: Final = 3
"""Without an error in n trials the true rate is below 3 / n with 95 % confidence, and no less."""

FEWEST_PEOPLE: Final = 10
"""In each half. Fewer speak of themselves alone, however often they are compared."""

NO_LIMIT: Final = 10**12
"""What is said of a gallery that no upper end of an FMR bounds."""


@dataclass(frozen=True, slots=True)
class Point:
    """A threshold (cosine) for a target FMR, and what was seen of it on people it knew nothing of.

    `fmr_upper_bound` is the upper end of the 95 % interval of the FMR measured there.
    """

    target_fmr: float
    threshold: float
    false_matches: int
    fmr_upper_bound: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one calibration supports; `points` are its supported targets, the largest first.

    `pack_digest` and `pipeline` say of which templates it speaks: of no others. `comparisons` are
    the impostor comparisons that the upper bounds were measured on, and `quality` is the gate that
    let their photos in.
    """

    report_digest: str
    pack_digest: str
    pipeline: str
    quality: str
    dataset: str
    people: int
    photos: int
    comparisons: int
    points: tuple[Point, ...]

    def point(self, target_fmr: float) -> Point | None:
        """Return the laxest point whose upper bound keeps an FMR; None where there is none.

        Nothing is claimed below the strictest target, however low a bound is.
        """
        if not self.points or target_fmr < self.points[-1].target_fmr:
            return None
        fitting = (each for each in self.points if each.fmr_upper_bound <= target_fmr)
        return next(fitting, None)

    def point_in(self, target_fpir: float, gallery: int) -> Point | None:
        """Return the first point whose upper bound keeps a gallery of so many faces to an FPIR."""
        fitting = (
            each
            for each in self.points
            if largest_gallery(each.fmr_upper_bound, target_fpir) >= gallery
        )
        return next(fitting, None)

    def largest_gallery(self, target_fpir: float) -> int:
        """Return the most faces of a gallery in which it carries this FPIR; 0 for none."""
        least = min((each.fmr_upper_bound for each in self.points), default=1.0)
        return largest_gallery(least, target_fpir)

    @property
    def least_fmr(self) -> float:
        """The lowest FMR it carries."""
        bounds = (each.fmr_upper_bound for each in self.points)
        return max(self.points[-1].target_fmr, min(bounds)) if self.points else 1.0

    def speaks_of(self, pack_digest: str, pipeline: str) -> bool:
        """Say whether it was measured on templates of this pack and pipeline."""
        return (self.pack_digest, self.pipeline) == (pack_digest, pipeline)


def largest_gallery(fmr: float, target_fpir: float) -> int:
    """Return the most faces with at most this FPIR, of comparisons as if independent.

    The other way round of FPIR = 1 - (1 - FMR)^N. What is to hold takes the upper end of an FMR.
    """
    if fmr >= 1:
        return 0
    return NO_LIMIT if fmr <= 0 else min(NO_LIMIT, floor(log1p(-target_fpir) / log1p(-fmr)))
