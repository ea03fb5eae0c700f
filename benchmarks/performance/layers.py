"""What a layer of the report is; each is a package of its own (`order.py` lists them)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from benchmarks.performance.plan import Plan

Found = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: how it is measured, and how what was found is told.

    `measure` returns what JSON can hold. `section` is Markdown under a heading of the second level,
    `pictures` are by file name without its ending. `ratios` are what the guard watches: against a
    rival in the same run, the more the better, one value for each of the identical runs. `targets`
    are rows as `asdict(Finding)` with `met`.
    """

    name: str
    measure: Callable[[Plan], Found]
    section: Callable[[Found], str]
    pictures: Callable[[Found], Mapping[str, Figure]]
    ratios: Callable[[Found], Mapping[str, Sequence[float]]]
    targets: Callable[[Found], Sequence[Mapping[str, Any]]]
