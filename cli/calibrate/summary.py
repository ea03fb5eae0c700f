"""What a calibration found, on a terminal: failures first, then a line a target."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Column, Table

from evaluation.calibration.findings import (
    FEW_ERRORS,
    Acquisition,
    Calibration,
    OperatingPoint,
    Rate,
)
from evaluation.calibration.wording import percent

_LARGE = 0.1


def summary(calibration: Calibration) -> RenderableType:
    """Return the lines and the table, and below it the reasons of what has no threshold."""
    points = calibration.operating_points
    return Group(*_head(calibration), _table(points), "", *_foot(points))


def _head(calibration: Calibration) -> Iterator[str]:
    data, machinery = calibration.dataset, calibration.machinery
    yield (
        f"{data.name}: {data.people:,} people, {data.photos:,} photos; "
        f"{data.genuine_comparisons:,} genuine and {data.impostor_comparisons:,} impostor "
        "comparisons"
    )
    if data.note:
        yield data.note
    if machinery.pack:
        yield f"{machinery.pack}, pipeline {machinery.pipeline}, quality {machinery.quality}"
    yield from _acquisition(calibration.acquisition)
    yield ""


def _acquisition(acquisition: Acquisition) -> Iterator[str]:
    """Yield nothing where there were no photos."""
    failures = {
        "failure to acquire (FTA)": acquisition.failure_to_acquire,
        "failure to enrol (FTE)": acquisition.failure_to_enrol,
    }
    for name, rate in failures.items():
        if rate.trials:
            yield f"{name:26}{_rate(rate)}, {rate.errors:,} of {rate.trials:,}"
    reasons = sorted(acquisition.reasons.items(), key=lambda each: -each[1])
    if reasons:
        yield "  " + ", ".join(f"{reason} {count:,}" for reason, count in reasons)


def _table(points: Sequence[OperatingPoint]) -> Table:
    names = ("target FMR", "threshold", "FMR [95 %]", "FNMR [95 %]", "errors", "few")
    table = Table(*(Column(name, no_wrap=True) for name in names), box=None, pad_edge=False)
    for point in points:
        table.add_row(_target(point), *_cells(point))
    return table


def _cells(point: OperatingPoint) -> tuple[str, ...]:
    if point.threshold is None or point.fmr is None or point.fnmr is None:
        return ("none",)
    errors = f"{point.fmr.errors:,} + {point.fnmr.errors:,}"
    few = [name for name, rate in (("FMR", point.fmr), ("FNMR", point.fnmr)) if rate.few]
    return f"{point.threshold:.4f}", _rate(point.fmr), _rate(point.fnmr), errors, ", ".join(few)


def _foot(points: Sequence[OperatingPoint]) -> Iterator[str]:
    if any(point.supported for point in points):
        yield (
            f"errors: false matches + false non-matches; few: under {FEW_ERRORS} of them, of which "
            "trust the upper end alone"
        )
    for point in points:
        if not point.supported:
            yield f"{_target(point)}: {point.refusal}"


def _target(point: OperatingPoint) -> str:
    return f"{point.target_fmr:.0e}".replace("e-0", "e-")


def _rate(rate: Rate) -> str:
    return f"{_share(rate.value)} [{_share(rate.low)}, {_share(rate.high)}]"


def _share(value: float) -> str:
    """Return a share in percent; two digits do, but where the third tells it from everything."""
    return percent(value, digits=2 if value < _LARGE else 3).replace("\N{NO-BREAK SPACE}", " ")
