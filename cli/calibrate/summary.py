"""What a calibration found, on a terminal: failures first, then a line a target."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Column, Table

from evaluation.calibration.findings import Acquisition, Calibration, OperatingPoint, Rate


def summary(calibration: Calibration) -> RenderableType:
    """Return the lines and the table; what is flagged has a reason beside it."""
    return Group(*_head(calibration), _table(calibration.operating_points))


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
    plain = [Column(name, no_wrap=True) for name in ("target FMR", "threshold", "FMR", "FNMR")]
    table = Table(*plain, "errors", "", box=None, pad_edge=False)
    for point in points:
        table.add_row(f"{point.target_fmr:.0e}".replace("e-0", "e-"), *_cells(point))
    return table


def _cells(point: OperatingPoint) -> tuple[str, ...]:
    if not point.supported or point.threshold is None or not point.fmr or not point.fnmr:
        why = f": {point.refusal}" if point.refusal else ""
        return "none", "", "", "", f"not supported by this data{why}"
    errors = f"{point.fmr.errors:,} false matches, {point.fnmr.errors:,} false non-matches"
    few = [name for name, rate in (("FMR", point.fmr), ("FNMR", point.fnmr)) if rate.few]
    flag = f"few errors: of {' and '.join(few)} trust the upper end alone" if few else ""
    return f"{point.threshold:.4f}", _rate(point.fmr), _rate(point.fnmr), errors, flag


def _rate(rate: Rate) -> str:
    return f"{_share(rate.value)} [{_share(rate.low)}, {_share(rate.high)}]"


def _share(value: float) -> str:
    return f"{100 * value:.2g} %" if value < 1 else "100 %"
