"""`make bench-guard`: compare a new run with the one that is kept, and fail where it is slower.

Ratios are compared, never times: both runs met another machine, or the same one in another mood,
and so did the rivals in them. A loss is what is beyond the noise of the two runs together, as
their identical parts tell it, and beyond MARGIN. Where that noise is beyond BLIND nothing is seen,
and it is said so.

Ends with status 1 on a loss, or where a ratio that is kept was not measured; with 2 where there is
nothing that could be compared.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.performance import result
from benchmarks.performance.__main__ import PEOPLE, QUICK_PEOPLE, about, measured
from benchmarks.performance.layers import Layer
from benchmarks.performance.order import LAYERS
from benchmarks.performance.plan import planned

MARGIN = 0.1  # Of the kept ratio. Runs of one commit differ by this much on a shared machine.
BLIND = 0.35  # Of the kept ratio. Whoever allows for more would let a third be lost.
ALIKE = ("pack", "photos")  # In what two runs must be alike for their ratios to be.
console = Console(width=120)

Values = Sequence[float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One ratio, as it is kept and as it is now: the means of identical runs, and their noise.

    `noise` is a share of the kept one. What was not measured now is 0, and so lost.
    """

    name: str
    kept: float
    now: float
    noise: float

    @property
    def allowed(self) -> float:
        """What the new ratio must reach."""
        return self.kept * (1 - max(MARGIN, self.noise))

    @property
    def lost(self) -> bool:
        """Tell whether it fell by more than noise."""
        return self.now < self.allowed

    @property
    def verdict(self) -> str:
        """Say in a word how it went."""
        if self.lost:
            return "LOST"
        return "kept" if self.noise <= BLIND else "too noisy to tell"


def compare(kept: Mapping[str, Values], now: Mapping[str, Values]) -> list[Comparison]:
    """Compare all that is kept with what it is now; what is new is compared from the next on."""
    return [_compared(name, values, now.get(name, (0.0,))) for name, values in kept.items()]


def _compared(name: str, kept: Values, now: Values) -> Comparison:
    return Comparison(name, _mean(kept), _mean(now), spread(kept) + spread(now))


def spread(values: Values) -> float:
    """Return how far identical runs lie apart, as a share of their mean; 0 where all are 0."""
    return (max(values) - min(values)) / (_mean(values) or 1.0)


def _mean(values: Values) -> float:
    return sum(values) / len(values)


def ratios(found: Mapping[str, Any], layers: Sequence[Layer] = LAYERS) -> dict[str, Values]:
    """Return what a run's layers want watched."""
    return dict(_ratios(found, layers))


def _ratios(found: Mapping[str, Any], layers: Sequence[Layer]) -> Iterator[tuple[str, Values]]:
    for layer in layers:
        if layer.name in found["layers"]:
            yield from layer.ratios(found["layers"][layer.name]).items()


def main(
    full: Annotated[bool, typer.Option(help="Whole runs, a quarter of an hour.")] = False,
) -> None:
    """Measure, and compare with the last run of that kind that was kept."""
    try:
        before = result.last(quick=not full)
    except result.NoResult as nothing:
        console.print(str(nothing))
        raise typer.Exit(2) from None
    with planned(quick=not full, people=PEOPLE if full else QUICK_PEOPLE) as plan:
        if differing := [name for name in ALIKE if before[name] != about(plan)[name]]:
            console.print(f"not comparable with the run that is kept: other {differing}")
            raise typer.Exit(2)
        after = measured(plan, [layer.name for layer in LAYERS])
    compared = compare(ratios(before), ratios(after))
    console.print(_table(compared))
    if any(each.lost for each in compared):
        raise typer.Exit(1)


def _table(compared: Sequence[Comparison]) -> Table:
    laid = Table("ratio", "kept", "now", "at least", "")
    for each in compared:
        figures = (f"{value:.3g}" for value in (each.kept, each.now, each.allowed))
        laid.add_row(each.name, *figures, each.verdict)
    return laid


if __name__ == "__main__":
    typer.run(main)
