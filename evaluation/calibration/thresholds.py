"""Thresholds for a false match rate: chosen on some people, tried on others, or refused."""

from collections.abc import Sequence
from math import floor
from typing import Final

import numpy as np

from deployments.evidence import RULE_OF_THREE
from evaluation.calibration.comparisons import GRID, STEPS, Compared, Counts, at_or_above
from evaluation.calibration.findings import CurvePoint, OperatingPoint, Rate, Transactions
from evaluation.calibration.resampling import Weights, false_match_rates, false_non_match_rate

ATTEMPTS: Final = (1, 3)

# Ten to a decade, as engineers round them.
_PREFERRED = (10, 8, 6.3, 5, 4, 3.2, 2.5, 2, 1.6, 1.25)
_POWERS = (-3, -4, -5, -6)
FINER_TARGETS: Final = (
    *(float(f"{figure}e{power}") for power in _POWERS for figure in _PREFERRED),
    1e-6,
)
"""Targets that policies and galleries of any size choose from, the largest first."""

NO_THRESHOLD: Final = "no threshold is high enough: too many impostors are as similar as can be"

_CURVE_STEPS = 50
_CURVE_RATES = 60


def needed(target_fmr: float) -> int:
    """Return the impostor comparisons without which no data say anything about this FMR."""
    return round(RULE_OF_THREE / target_fmr)


def refusal(target_fmr: float, chosen_on: int, tried_on: int) -> str | None:
    """Say why the data do not carry a target; None where they do."""
    fewest = min(chosen_on, tried_on)
    if fewest >= needed(target_fmr):
        return None
    return (
        f"{needed(target_fmr):,} impostor comparisons are needed in each half of the people,"
        f" and there are {fewest:,}"
    )


def _refuted(fmr: Rate | None, target_fmr: float) -> str | None:
    """Say that people who chose nothing match far too often, where they surely do.

    Twice: chance alone puts every twelfth threshold surely over its target by a little, which the
    upper end of the interval tells.
    """
    if fmr is None or fmr.low <= 2 * target_fmr:
        return None
    return f"the FMR on the other half of the people is {fmr.value:.2%}, surely over twice as much"


def threshold_for(impostors: Counts, target_fmr: float) -> float:
    """Return the lowest threshold of the grid with at most this FMR; over 1 where there is none."""
    allowed = floor(target_fmr * int(impostors.sum()) * (1 + 1e-12))
    enough = at_or_above(impostors) <= allowed
    return float(GRID[np.argmax(enough)]) if enough.any() else 1 + 1 / STEPS


def chosen(impostors: Counts, tried_on: int, targets: Sequence[float]) -> dict[float, float]:
    """Return the threshold of each target that both halves carry."""
    chosen_on = int(impostors.sum())
    carried = (each for each in targets if refusal(each, chosen_on, tried_on) is None)
    found = {target: threshold_for(impostors, target) for target in carried}
    return {target: threshold for target, threshold in found.items() if threshold <= 1}


def operating_points(
    targets: Sequence[float],
    thresholds: dict[float, float],
    chosen_on: int,
    tried: Compared,
    drawn: Weights | None,
    failure_to_acquire: float,
) -> tuple[OperatingPoint, ...]:
    """Return what each target comes to on people who chose nothing, or why it is refused."""
    carried = [target for target in targets if target in thresholds]
    fmrs = false_match_rates(tried, [thresholds[each] for each in carried], drawn)
    measured = dict(zip(carried, fmrs, strict=True))
    points = []
    for target in targets:
        why = refusal(target, chosen_on, tried.impostors.total)
        why = why or _refuted(measured.get(target), target)
        if why is not None or target not in measured:
            points.append(OperatingPoint(target, supported=False, refusal=why or NO_THRESHOLD))
            continue
        threshold, fmr = thresholds[target], measured[target]
        fnmr = false_non_match_rate(tried.genuine, threshold, drawn)
        tries = tuple(transactions(each, fmr, fnmr, failure_to_acquire) for each in ATTEMPTS)
        points.append(
            OperatingPoint(
                target,
                supported=True,
                threshold=threshold,
                chosen_on=chosen_on,
                fmr=fmr,
                fnmr=fnmr,
                transactions=tries,
            )
        )
    return tuple(points)


def transactions(attempts: int, fmr: Rate, fnmr: Rate, failure_to_acquire: float) -> Transactions:
    """Return FAR and FRR where a person may try so often."""
    acquired = 1 - failure_to_acquire
    return Transactions(
        attempts,
        far=1 - (1 - fmr.value) ** attempts,
        frr=(failure_to_acquire + acquired * fnmr.value) ** attempts,
    )


def curve(genuine: Counts, impostors: Counts) -> tuple[CurvePoint, ...]:
    """Return both rates over all thresholds: evenly, and denser where few impostors match."""
    fmr = at_or_above(impostors) / max(1, int(impostors.sum()))
    fnmr = 1 - at_or_above(genuine) / max(1, int(genuine.sum()))
    rates = np.geomspace(1, 1 / max(2, int(impostors.sum())), _CURVE_RATES)
    dense = np.searchsorted(-fmr, -rates, side="left")
    even = np.arange(0, len(GRID), _CURVE_STEPS)
    at = np.unique(np.clip(np.concatenate([even, dense]), 0, len(GRID) - 1))
    return tuple(CurvePoint(float(GRID[each]), float(fmr[each]), float(fnmr[each])) for each in at)


def equal_error_rate(genuine: Counts, impostors: Counts) -> float:
    """Return the rate at the threshold where FMR and FNMR are nearest to each other."""
    fmr = at_or_above(impostors) / max(1, int(impostors.sum()))
    fnmr = 1 - at_or_above(genuine) / max(1, int(genuine.sum()))
    nearest = int(np.argmin(np.abs(fmr - fnmr)))
    return float(fmr[nearest] + fnmr[nearest]) / 2
