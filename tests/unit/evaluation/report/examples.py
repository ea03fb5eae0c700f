"""A calibration with known values: what a report of it must show."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from statistics import NormalDist
from typing import Final

from evaluation.calibration.findings import (
    Acquisition,
    Calibration,
    Controls,
    CurvePoint,
    Dataset,
    Disparity,
    GallerySize,
    Group,
    Histogram,
    LargestGallery,
    Machinery,
    OperatingPoint,
    Rate,
    Sensitivity,
    Transactions,
)
from evaluation.intervals import wilson

HOSTILE: Final = "<img src=x onerror=alert(1)>&\"'"
"""A name that must reach no page as it is."""

_GENUINE, _IMPOSTOR = NormalDist(0.62, 0.09), NormalDist(0.08, 0.1)
_EDGES = tuple(round(-1 + step / 50, 2) for step in range(101))


def rate(errors: int, trials: int) -> Rate:
    """Return a rate whose interval by people is wider than the other."""
    alone = wilson(errors, trials)
    value = errors / trials
    low, high = alone.low / 2, min(1.0, max(2 * alone.high - value, 3 / trials))
    return Rate(errors, trials, value, low, high, alone.low, alone.high)


def calibration() -> Calibration:
    """Return one that has everything: two targets supported and three refused."""
    return Calibration(
        created_at=datetime(2026, 11, 5, 9, 30, tzinfo=UTC),
        dataset=Dataset("folder", "Gate 2", "ab12", 102, 408, 612, 20_604, "All pairs."),
        machinery=_MACHINERY,
        acquisition=Acquisition(
            rate(3, 408), rate(0, 102), {"no face": 2, "photo of several faces": 1}
        ),
        controls=Controls(0.497, 4, 2, (("ada", "grace", 0.7123), ("alan", "alan", 0.1234))),
        operating_points=(*_SUPPORTED, *_REFUSED),
        finer_points=(_SUPPORTED[0], replace(_SUPPORTED[0], target_fmr=5e-3, threshold=0.35)),
        equal_error_rate=0.00321,
        curve=_curve(),
        histogram=_histogram(),
        galleries=_galleries(),
        largest_galleries=(LargestGallery(0.4106, 0.1, 51), LargestGallery(0.4106, 0.01, 4)),
        groups=_groups(),
        disparities=(
            Disparity("site", "within", 0.4106, "north", "south", 4.25, 2.0625),
            Disparity("site", "fnmr", 0.4106, "south", "north", None, None),
        ),
        sensitivity=_sensitivity(),
        group_threshold=0.4106,
    )


def bare() -> Calibration:
    """Return one that carries no claim, of photos without an error and without labels."""
    whole = calibration()
    return replace(
        whole,
        operating_points=tuple(_refused(target, 1_275) for target in (1e-2, 1e-3)),
        finer_points=(),
        curve=(),
        galleries=(),
        largest_galleries=(),
        groups=(),
        disparities=(),
        sensitivity=(),
        group_threshold=None,
        controls=replace(whole.controls, shared_photos=0, suspects=()),
    )


def hostile() -> Calibration:
    """Return one in which every text that may come from outside is an attempt at markup."""
    whole = calibration()
    machinery = replace(
        whole.machinery,
        pack=HOSTILE,
        pipeline=HOSTILE,
        engine=HOSTILE,
        commit=HOSTILE,
        processor=HOSTILE,
    )
    return replace(
        whole,
        dataset=replace(whole.dataset, name=HOSTILE, digest=HOSTILE, note=HOSTILE),
        machinery=replace(machinery, versions={HOSTILE: HOSTILE}),
        acquisition=replace(whole.acquisition, reasons={HOSTILE: 1}),
        controls=replace(whole.controls, suspects=((HOSTILE, HOSTILE, 0.5),)),
        operating_points=(OperatingPoint(1e-3, supported=False, refusal=HOSTILE),),
        groups=tuple(replace(group, attribute=HOSTILE, name=HOSTILE) for group in whole.groups),
        disparities=(Disparity(HOSTILE, "fnmr", 0.4, HOSTILE, HOSTILE, 1.0, 1.0),),
        sensitivity=tuple(
            replace(each, damage=HOSTILE, unit=HOSTILE) for each in whole.sensitivity
        ),
    )


def _refused(target: float, tried: int) -> OperatingPoint:
    needed = f"{round(3 / target):,} impostor comparisons are needed in each half"
    refusal = f"not supported by this data: {needed}, and there are {tried:,}"
    return OperatingPoint(target, supported=False, refusal=refusal)


_MACHINERY: Final = Machinery(
    pack="opencv_zoo",
    pack_digest="sha256:65010034",
    pipeline="1-320-once",
    dimension=128,
    engine="onnxruntime on cpu",
    quality="standard",
    versions={"facegraph": "0.1.0", "onnxruntime": "1.30.0"},
    commit="30c6ccb",
    device="cpu",
    processor="A Processor 9000",
)
_REFUSED: Final = tuple(_refused(target, 5_100) for target in (1e-4, 1e-5, 1e-6))
_SUPPORTED: Final = (
    OperatingPoint(
        1e-2,
        supported=True,
        threshold=0.3383,
        chosen_on=5_202,
        fmr=rate(47, 5_100),
        fnmr=rate(2, 306),
        transactions=(Transactions(1, 0.009216, 0.013841), Transactions(3, 0.027392, 2.65e-6)),
    ),
    OperatingPoint(
        1e-3,
        supported=True,
        threshold=0.4106,
        chosen_on=5_202,
        fmr=rate(4, 5_100),
        fnmr=rate(5, 306),
        transactions=(Transactions(1, 0.000784, 0.023571), Transactions(3, 0.002351, 1.31e-5)),
    ),
)


def _curve() -> tuple[CurvePoint, ...]:
    thresholds = [step / 100 for step in range(-30, 91, 2)]
    return tuple(
        CurvePoint(
            threshold,
            fmr=round((1 - _IMPOSTOR.cdf(threshold)) * 5_100) / 5_100,
            fnmr=round(_GENUINE.cdf(threshold) * 306) / 306,
        )
        for threshold in thresholds
    )


def _histogram() -> Histogram:
    return Histogram(_EDGES, _counts(_GENUINE, 306), _counts(_IMPOSTOR, 5_100))


def _counts(spread: NormalDist, total: int) -> tuple[int, ...]:
    bins = itertools.pairwise(_EDGES)
    return tuple(round(total * (spread.cdf(high) - spread.cdf(low))) for low, high in bins)


def _galleries() -> tuple[GallerySize, ...]:
    measured = tuple(
        GallerySize(
            threshold,
            size,
            1 - (1 - fmr) ** size,
            min(1.0, 2 * (1 - (1 - fmr) ** size)),
            rate(round(255 * (1 - (1 - fmr) ** size) * 0.8), 255),
            rate(missed, 255),
            rate(missed // 2, 255) if size == 50 else None,
        )
        for threshold, fmr, missed in ((0.3383, 0.009216, 2), (0.4106, 0.000784, 4))
        for size in (10, 20, 50)
    )
    predicted = tuple(
        GallerySize(threshold, size, 1 - (1 - fmr) ** size, min(1.0, 2 * (1 - (1 - fmr) ** size)))
        for threshold, fmr in ((0.3383, 0.009216), (0.4106, 0.000784))
        for size in (100, 1_000, 10_000, 100_000)
    )
    return (*measured, *predicted)


def _groups() -> tuple[Group, ...]:
    return (
        Group("site", "north", 24, 96, rate(2, 96), rate(12, 4_100), rate(3, 9_000), rate(1, 144)),
        Group("site", "south", 22, 88, rate(1, 88), rate(2, 2_904), rate(3, 9_000), rate(4, 132)),
        Group("site", "harbour", 5, 20, rate(0, 20), None, None, None),
    )


def _sensitivity() -> tuple[Sensitivity, ...]:
    levels = (
        ("nothing", "", (0.0,)),
        ("blurred", "px", (1.0, 2.0, 4.0, 8.0)),
        ("shrunk", "px between the eyes", (40.0, 20.0, 12.0, 8.0)),
        ("compressed", "JPEG quality", (50.0, 20.0, 5.0)),
    )
    return tuple(
        Sensitivity(
            damage, unit, level, 0.4106, rate(3 * step, 51), rate(9 * step, 51), rate(1, 900)
        )
        for damage, unit, steps in levels
        for step, level in enumerate(steps)
    )
