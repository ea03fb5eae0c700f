"""What stands behind a threshold: the part of a calibration that a policy keeps and answers tell.

It is small enough to lie in memory and to cross a handle; the whole report stays with whoever made
it, and `report_digest` tells it apart. Nothing here computes a rate: evaluation/calibration does.
"""

from dataclasses import dataclass


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
    the impostor comparisons that the upper bounds were measured on.
    """

    report_digest: str
    pack_digest: str
    pipeline: str
    dataset: str
    people: int
    photos: int
    comparisons: int
    points: tuple[Point, ...]

    def point(self, target_fmr: float) -> Point | None:
        """Return the point of the largest target that is at most this; None where there is none."""
        return next((each for each in self.points if each.target_fmr <= target_fmr), None)

    def speaks_of(self, pack_digest: str, pipeline: str) -> bool:
        """Say whether it was measured on templates of this pack and pipeline."""
        return (self.pack_digest, self.pipeline) == (pack_digest, pipeline)


def fmr_within(target_fpir: float, gallery: int) -> float:
    """Return the FMR at which a search of so many faces has this FPIR, as if independent.

    The other way round of FPIR = 1 - (1 - FMR)^N; at 1 for an empty gallery, which is no claim.
    """
    return 1.0 if gallery == 0 else 1.0 - (1.0 - target_fpir) ** (1.0 / gallery)
