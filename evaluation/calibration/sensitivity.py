"""How error rates grow with damage, from what became of damaged photos."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from deployments.evidence import RULE_OF_THREE
from evaluation.calibration.damage_trials import Damaged, Probe
from evaluation.calibration.findings import Rate, Sensitivity
from evaluation.calibration.templates import Templates
from evaluation.intervals import wilson

_RESAMPLES: Final = 1000
_QUANTILES: Final = (0.025, 0.975)

Numbers = NDArray[np.int64]


class _Others(NamedTuple):
    """Places of templates that a probe is compared with."""

    genuine: NDArray[np.intp]
    impostor: NDArray[np.intp]


def sensitivities(
    trials: Sequence[Damaged],
    probes: Sequence[Probe],
    templates: Templates,
    threshold: float,
    seed: int,
) -> tuple[Sensitivity, ...]:
    """Count, for each damage and level, what was not acquired, not matched and falsely matched."""
    chance = np.random.default_rng(seed)
    others = list(_others(probes, templates))
    people = [probe.sample.person for probe in probes]
    return tuple(
        _sensitivity(each, _compared(each, others, templates, threshold), people, threshold, chance)
        for each in trials
    )


def _sensitivity(
    trial: Damaged,
    compared: Numbers,
    people: Sequence[str],
    threshold: float,
    chance: np.random.Generator,
) -> Sensitivity:
    false_non_matches, genuine, false_matches, impostor = compared
    missed = np.array([outcome.vector is None for outcome in trial.outcomes], np.int64)
    return Sensitivity(
        damage=trial.damage.name,
        unit=trial.damage.unit,
        level=trial.level,
        threshold=threshold,
        not_acquired=_rate(missed, np.ones_like(missed), people, chance),
        fnmr=_rate(false_non_matches, genuine, people, chance),
        fmr=_rate(false_matches, impostor, people, chance),
    )


def _others(probes: Sequence[Probe], templates: Templates) -> Iterator[_Others]:
    """Yield for each probe the places of its person's other photos, and of other people's."""
    of_people, of_photos = (
        np.unique(np.array(each), return_inverse=True)[1]
        for each in (templates.people, templates.photos)
    )
    for probe in probes:
        same = of_people == of_people[probe.place]
        other = of_photos != of_photos[probe.place]
        yield _Others(np.flatnonzero(same & other), np.flatnonzero(~same & other))


def _compared(
    trial: Damaged, others: Sequence[_Others], templates: Templates, threshold: float
) -> Numbers:
    """Return (4, n) for the probes: errors and comparisons, genuine ones, then impostor ones."""
    counts = np.zeros((len(others), 4), np.int64)
    for row, outcome, places in zip(counts, trial.outcomes, others, strict=True):
        if outcome.vector is not None:
            matched = templates.vectors @ outcome.vector >= threshold
            genuine, impostor = matched[places.genuine], matched[places.impostor]
            row[:] = (~genuine).sum(), len(genuine), impostor.sum(), len(impostor)
    return counts.T


def _rate(
    errors: Numbers, trials: Numbers, people: Sequence[str], chance: np.random.Generator
) -> Rate:
    """Return a rate with the interval that findings.Rate speaks of, by drawing people anew."""
    wrong, asked = int(errors.sum()), int(trials.sum())
    independent = wilson(wrong, asked)
    low, high = _resampled(errors, trials, people, chance) if asked else independent
    none_seen = min(1.0, RULE_OF_THREE / asked) if asked and not wrong else 0.0
    return Rate(
        errors=wrong,
        trials=asked,
        value=wrong / asked if asked else 0.0,
        low=min(low, independent.low),
        high=max(high, independent.high, none_seen),
        independent_low=independent.low,
        independent_high=independent.high,
    )


def _resampled(
    errors: Numbers, trials: Numbers, people: Sequence[str], chance: np.random.Generator
) -> tuple[float, float]:
    names, of = np.unique(np.array(people), return_inverse=True)
    by_person = np.array([np.bincount(of, each, len(names)) for each in (errors, trials)])
    drawn = chance.multinomial(len(names), np.full(len(names), 1 / len(names)), _RESAMPLES)
    wrong, asked = by_person @ drawn.T
    low, high = np.quantile(wrong[asked > 0] / asked[asked > 0], _QUANTILES)
    return float(low), float(high)


class Study:
    """Trials that are made when they are first asked about, and are counted at any threshold."""

    def __init__(
        self,
        probes: Sequence[Probe],
        templates: Templates,
        make: Callable[[], tuple[Damaged, ...]],
        seed: int,
    ) -> None:
        self._probes = probes
        self._templates = templates
        self._make = make
        self._seed = seed

    def at(self, threshold: float) -> tuple[Sensitivity, ...]:
        """Return what each damage does there; the first time it is slow."""
        return sensitivities(self._trials, self._probes, self._templates, threshold, self._seed)

    @cached_property
    def _trials(self) -> tuple[Damaged, ...]:
        return self._make()
