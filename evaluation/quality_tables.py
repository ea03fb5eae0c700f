"""What the study found, as rows: error by level, error by measure, and the limits that follow."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from deployments.vision.quality import GATES, reasons
from evaluation.intervals import wilson
from evaluation.quality_limits import (
    MEASURES,
    Bin,
    Thresholds,
    curve,
    driven_by,
    not_verified,
    standard_limit,
    strict_limit,
    stricter,
)
from evaluation.quality_trials import Trial

Row = dict[str, Any]
Curves = Mapping[tuple[str, str], Sequence[Bin]]
"""The bins of each measure and pack, by their names."""

_REFUSING: Final[tuple[Literal["standard", "strict"], ...]] = ("standard", "strict")


def level_rows(trials: Sequence[Trial], packs: Mapping[str, Thresholds]) -> Iterator[Row]:
    """Yield a row for each pack, degradation and level; a face not found is an error."""

    def key(trial: Trial) -> tuple[str, str, float]:
        return trial.pack, trial.degradation, trial.level

    for (pack, degradation, level), group in groupby(sorted(trials, key=key), key=key):
        yield {"pack": pack, "degradation": degradation, "level": level} | _row(
            list(group), packs[pack]
        )


def curves_of(trials: Sequence[Trial], packs: Mapping[str, Thresholds]) -> Curves:
    """Return error against each measure that was driven, for each pack."""
    return {
        (measure.name, pack): curve(
            [trial for trial in trials if trial.pack == pack], measure, thresholds
        )
        for measure in driven_by(trials)
        for pack, thresholds in packs.items()
    }


def curve_rows(curves: Curves) -> Iterator[Row]:
    """Yield a row for each bin of each curve."""
    for (measure, pack), bins in curves.items():
        for each in bins:
            low, high = each.fnmr
            shown = {field.name: getattr(each, field.name) for field in fields(each)}
            del shown["fnmr"]
            yield {"measure": measure, "pack": pack, **shown, "fnmr_low": low, "fnmr_high": high}


def limit_rows(curves: Curves, packs: Mapping[str, Thresholds]) -> Iterator[Row]:
    """Yield for each measure what each pack needs, the stricter of them, and what the gates say."""
    measured = {name for name, _ in curves}
    for measure in (each for each in MEASURES if each.name in measured):
        standard = {
            pack: standard_limit(curves[measure.name, pack], thresholds)
            for pack, thresholds in packs.items()
        }
        strict = {pack: strict_limit(curves[measure.name, pack]) for pack in packs}
        for name, needs in (("standard", standard), ("strict", strict)):
            yield {
                "measure": measure.name,
                "gate": name,
                **needs,
                "rule": stricter(needs.values(), measure.better),
                "set": getattr(GATES[name], measure.name),
            }


def write(path: Path, rows: Sequence[Row]) -> None:
    """Write rows of one shape as CSV, numbers to four decimals."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _short(value) for name, value in row.items()} for row in rows)


def _row(trials: Sequence[Trial], thresholds: Thresholds) -> Row:
    errors, cosines = not_verified(trials, thresholds), [trial.cosine for trial in trials]
    low, high = wilson(errors, len(trials))
    strangers = np.concatenate([trial.impostors for trial in trials])
    return {
        "trials": len(trials),
        "not_found": sum(trial.face is None for trial in trials),
        "fnmr": errors / len(trials),
        "fnmr_low": low,
        "fnmr_high": high,
        "cosine_q05": float(np.quantile(cosines, 0.05)),
        "cosine_median": float(np.median(cosines)),
        "fmr": float((strangers >= thresholds.verify).mean()),
        **{f"refused_{gate}": _refused(trials, gate) for gate in _REFUSING},
    }


def _refused(trials: Sequence[Trial], gate: Literal["standard", "strict"]) -> float:
    """Return the share of the faces found that a gate refuses; 0 where none was found."""
    faces = [trial.face for trial in trials if trial.face is not None]
    refused = sum(bool(reasons(face.quality, face.score, gate)) for face in faces)
    return refused / max(1, len(faces))


def _short(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else value
