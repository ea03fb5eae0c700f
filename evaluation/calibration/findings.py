"""What a calibration found: the shape of report.json, and of the pages and tables made of it.

Terms are those of ISO/IEC 19795-1. FMR and FNMR are rates of single comparisons; FAR and FRR are
rates of transactions, which may have several attempts and which a photo that cannot be acquired
fails. Rates are shares, 0 to 1; similarities are cosines; intervals hold 95 %.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

Kind = Literal["folder", "pairs", "collection", "scores"]

TARGETS: Final = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
"""The FMR that every report answers for, with a threshold or with a refusal."""

FEW_ERRORS: Final = 30
"""Under as many a rate is flagged: Doddington's rule asks for 30 to know it to some 30 %."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Errors among trials, and where the true rate lies.

    `low` and `high` resample people, since comparisons that share a person err together; `high` is
    the larger of that, of Wilson's interval, and with no error of the rule of three.
    `independent_low` and `independent_high` are Wilson's alone, as if no two shared anybody.
    """

    errors: int
    trials: int
    value: float
    low: float
    high: float
    independent_low: float
    independent_high: float

    @property
    def few(self) -> bool:
        """Whether there are too few errors to trust more than the interval's upper end."""
        return self.errors < FEW_ERRORS


@dataclass(frozen=True, slots=True)
class Dataset:
    """Which people and photos; `digest` is that of all photos' digests and people."""

    kind: Kind
    name: str
    digest: str
    people: int
    photos: int
    genuine_comparisons: int
    impostor_comparisons: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Machinery:
    """What made templates of the photos: exactly what serves.

    `device` is what the networks ran on; `processor` the model's name, where the machine tells it.
    """

    pack: str
    pack_digest: str
    pipeline: str
    dimension: int
    engine: str
    quality: str
    versions: Mapping[str, str]
    commit: str
    device: str = ""
    processor: str = ""


@dataclass(frozen=True, slots=True)
class Acquisition:
    """Of which photos no template could be made (FTA), and of which people not one (FTE)."""

    failure_to_acquire: Rate
    failure_to_enrol: Rate
    reasons: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Controls:
    """What would be otherwise if the data or the arithmetic were broken.

    `shuffled_eer` is the equal error rate after people's names were dealt out anew: a half, or
    something leaks. Photos of one digest are one photo: `duplicates` were left out, and those that
    two people shared (`shared_photos`) with them. `suspects` are people who look like another or
    unlike themselves: wrong labels, twins, or the worst of the model.
    """

    shuffled_eer: float
    duplicates: int
    shared_photos: int
    suspects: tuple[tuple[str, str, float], ...]


@dataclass(frozen=True, slots=True)
class Transactions:
    """What a person sees who may try again: FAR and FRR after `attempts`.

    `far` takes impostors to try their luck anew each time, 1 - (1 - FMR)^attempts; `frr` takes
    failures to be of one photo and not of the person: (FTA + (1 - FTA) FNMR)^attempts.
    """

    attempts: int
    far: float
    frr: float


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A threshold for a target FMR, chosen on one half of the people and tried on the other.

    Where the data do not carry the target there is no threshold, and `refusal` says why.
    `frr` counts a genuine comparison whose photo could not be acquired as one that failed.
    """

    target_fmr: float
    supported: bool
    refusal: str | None = None
    threshold: float | None = None
    chosen_on: int = 0
    fmr: Rate | None = None
    fnmr: Rate | None = None
    transactions: tuple[Transactions, ...] = ()


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Both error rates at a threshold, on the half of the people that chose nothing."""

    threshold: float
    fmr: float
    fnmr: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """Comparisons by similarity, in bins of one width from -1 to 1."""

    edges: tuple[float, ...]
    genuine: tuple[int, ...]
    impostor: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GallerySize:
    """1:N at one threshold and gallery size, searched exactly.

    `predicted_fpir` is 1 - (1 - FMR)^N of independent comparisons, and `highest_fpir` the same of
    the upper end of the FMR; where `fpir` is None nothing
    was measured and the prediction is all there is. `index_fnir` is what the approximate index
    missed of what exact search found, where one was asked.
    """

    threshold: float
    size: int
    predicted_fpir: float
    highest_fpir: float
    fpir: Rate | None = None
    fnir: Rate | None = None
    index_fnir: Rate | None = None


@dataclass(frozen=True, slots=True)
class LargestGallery:
    """The most faces in a gallery so that FPIR stays within the target, by the FMR's upper end."""

    threshold: float
    target_fpir: float
    size: int


@dataclass(frozen=True, slots=True)
class Group:
    """One value of a label: its own errors at one threshold; None where there is too little.

    `within` compares people of the group with each other, `mixed` with all others.
    """

    attribute: str
    name: str
    people: int
    photos: int
    failure_to_acquire: Rate
    within: Rate | None
    mixed: Rate | None
    fnmr: Rate | None


@dataclass(frozen=True, slots=True)
class Disparity:
    """How much worse the worst group is than the best, and than their geometric mean.

    None where fewer than two groups have enough data, or the best made no error.
    """

    attribute: str
    rate: Literal["within", "fnmr", "failure_to_acquire"]
    threshold: float
    worst: str
    best: str
    ratio: float | None
    over_geometric_mean: float | None


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What one kind of damage does to genuine comparisons, at one threshold and level."""

    damage: str
    unit: str
    level: float
    threshold: float
    not_acquired: Rate
    fnmr: Rate
    fmr: Rate


@dataclass(frozen=True, slots=True)
class Calibration:
    """All of it, in the order in which it is to be read."""

    created_at: datetime
    dataset: Dataset
    machinery: Machinery
    acquisition: Acquisition
    controls: Controls
    operating_points: tuple[OperatingPoint, ...]
    finer_points: tuple[OperatingPoint, ...]
    equal_error_rate: float
    curve: tuple[CurvePoint, ...]
    histogram: Histogram
    galleries: tuple[GallerySize, ...]
    largest_galleries: tuple[LargestGallery, ...]
    groups: tuple[Group, ...] = ()
    disparities: tuple[Disparity, ...] = ()
    sensitivity: tuple[Sensitivity, ...] = ()
    group_threshold: float | None = None
    seed: int = 0
    resamples: int = 0
