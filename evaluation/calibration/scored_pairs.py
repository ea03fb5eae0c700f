"""Scores that somebody else computed: comparisons without photos."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.calibration.csv_files import CsvFile, read_csv
from evaluation.calibration.samples import Unusable

PEOPLE = ("first_person", "second_person")

_ROUNDING = 1e-6  # By which the cosine of a photo with itself may miss 1 in float32.


@dataclass(frozen=True, slots=True)
class Scores:
    """Similarities (m,), and whether each is of one person; `first` and `second` say of whom.

    Where nobody said, they are None, and comparisons count as if no two shared anybody.
    """

    scores: NDArray[np.float64]
    same: NDArray[np.bool_]
    first: tuple[str, ...] | None
    second: tuple[str, ...] | None


def read_scores(path: Path) -> Scores:
    """Read a CSV of `score,same`, and perhaps `first_person,second_person`; Unusable."""
    file = read_csv(path, ["score", "same"])
    same = np.array(file.truths("same"), bool)
    scores = _numbers(file)
    if not same.any() or same.all():
        missing = "impostor" if same.any() else "genuine"
        raise Unusable(f"{path} holds no {missing} comparison: both kinds are needed.")
    named = [name in file.columns for name in PEOPLE]
    if any(named) and not all(named):
        raise Unusable(f"{path}, line 1: who is compared is said with both {' and '.join(PEOPLE)}.")
    if not all(named):
        return Scores(scores, same, None, None)
    first, second = (tuple(file.columns[name]) for name in PEOPLE)
    for row, (one, other) in enumerate(zip(first, second, strict=True)):
        if (one == other) != same[row]:
            raise file.refused(row, f"{one} and {other}, and same says otherwise")
    return Scores(scores, same, first, second)


def _numbers(file: CsvFile) -> NDArray[np.float64]:
    numbers = np.array([_number(cell) for cell in file.columns["score"]], np.float64)
    unknown = np.flatnonzero(~np.isfinite(numbers))
    if len(unknown):
        raise file.refused(int(unknown[0]), "score is no number")
    beyond = np.flatnonzero(np.abs(numbers) > 1 + _ROUNDING)
    if len(beyond):
        raise file.refused(int(beyond[0]), "score is no cosine, which lies between -1 and 1")
    return numbers


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")
