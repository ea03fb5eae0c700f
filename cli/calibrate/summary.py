"""What a calibration found, on a terminal: failures first, then a line a target."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Column, Table

from evaluation.calibration.findings import (
    FEW_ERRORS,
    Acquisition,
    Calibration,
    OperatingPoint,
    Rate,
)


def summary(calibration: Calibration) -> RenderableType:
    """Return the lines and the table; below it stands what is wrong with its figures."""
    points = calibration.operating_points
    return Group(*_head(calibration), _table(points), *_remarks(points))


def _head(calibration: Calibration) -> Iterator[str]:
    data, machinery = calibration.dataset, calibration.machinery
    yield (
        f"{data.name}: {data.people:,} people, {data.photos:,} photos; "
        f"{data.genuine_comparisons:,} genuine and {data.impostor_comparisons:,} impostor "
        "comparisons"
    )
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


def _table(points: tuple[OperatingPoint, ...]) -> Table:
    names = ("target FMR", "threshold", "FMR [95 %]", "FNMR [95 %]", "errors")
    table = Table(*(Column(name, no_wrap=True) for name in names), box=None, pad_edge=False)
    for point in points:
        table.add_row(_target(point), *_cells(point))
    return table


def _cells(point: OperatingPoint) -> tuple[str, ...]:
    if point.threshold is None or not point.fmr or not point.fnmr:
        return ("not supported",)
    errors = f"{point.fmr.errors:,} and {point.fnmr.errors:,}"
    few = " *" if point.fmr.few or point.fnmr.few else ""
    return f"{point.threshold:.4f}", _rate(point.fmr), _rate(point.fnmr), errors + few


def _remarks(points: tuple[OperatingPoint, ...]) -> Iterator[str]:
    yield ""
    if any(rate.few for each in points for rate in (each.fmr, each.fnmr) if rate):
        yield f"* Fewer than {FEW_ERRORS} errors of a kind: rely on the upper end of its interval."
    for point in points:
        if point.refusal is not None:
            yield f"{_target(point)}: {point.refusal}."


def _target(point: OperatingPoint) -> str:
    return f"{point.target_fmr:.0e}".replace("e-0", "e-")


def _rate(rate: Rate) -> str:
    return f"{_share(rate.value)} [{_share(rate.low)}, {_share(rate.high)}]"


def _share(value: float) -> str:
    return f"{100 * value:.2g} %" if value < 1 else "100 %"
