"""How often stated intervals hold the truth: crowds whose true rates are known, calibrated anew.

Some people of a crowd look like many others, the more the higher its `unevenness`. The true FMR of
each threshold comes from a crowd so large that nothing is left to chance.

    python -m evaluation.calibration.coverage
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from evaluation.calibration import material, resampling
from evaluation.calibration.comparisons import GRID, at_or_above, compare_all

DIMENSIONS = 24
LARGE = 6000
TARGET_FMR = 1e-2
RESAMPLES = 400


@dataclass(frozen=True)
class World:
    """Where people come from."""

    unevenness: float

    def crowd(self, people: int, photos: int, seed: int) -> NDArray[np.float32]:
        """Return the vectors of so many people's photos, a person's one after another."""
        rng = np.random.default_rng(seed)
        faces = rng.normal(size=(people, DIMENSIONS))
        faces[:, 0] += self.unevenness * rng.normal(size=people) ** 2
        shown = np.repeat(_unit(faces), photos, axis=0)
        return _unit(shown + 0.5 * _unit(rng.normal(size=shown.shape))).astype(np.float32)

    @cached_property
    def truth(self) -> NDArray[np.float64]:
        """The FMR at every threshold of the grid."""
        counts = compare_all(self.crowd(LARGE, 1, seed=2**32 - 1), np.arange(LARGE))
        return np.asarray(at_or_above(counts.impostors.counts) / counts.impostors.total)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The share of calibrations whose interval held the truth: by people, and as independent."""

    by_people: float
    as_independent: float


def coverage(world: World, people: int, calibrations: int) -> Coverage:
    """Calibrate so many crowds of two photos a person, and look where the truth was."""
    held = np.array([_held(world, people, seed) for seed in range(calibrations)])
    return Coverage(*map(float, held.mean(axis=0)))


def main(
    calibrations: Annotated[int, typer.Option(help="Crowds of each kind.")] = 300,
) -> None:
    """Print how often 95 % intervals of the FMR held the truth."""
    typer.echo("unevenness  people  by people  as independent")
    for unevenness in (0.0, 1.0, 2.0):
        world = World(unevenness)
        for people in (102, 400):
            found = coverage(world, people, calibrations)
            shares = f"{found.by_people:9.1%}  {found.as_independent:14.1%}"
            typer.echo(f"{unevenness:10g}  {people:6d}  {shares}")


def _held(world: World, people: int, seed: int) -> tuple[bool, bool]:
    vectors = world.crowd(people, 2, seed)
    owners = np.repeat(np.arange(people), 2)
    used = material.of_all(vectors, owners, seed, RESAMPLES, lambda _stage, _share: None)
    threshold = used.thresholds[TARGET_FMR]
    (rate,) = resampling.false_match_rates(used.tried, [threshold], used.drawn)
    true = world.truth[np.searchsorted(GRID, threshold)]
    alone = rate.independent_low <= true <= rate.independent_high
    return rate.low <= true <= rate.high, alone


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


if __name__ == "__main__":
    typer.run(main)
