"""How error rates grow with damage, from what became of damaged photos."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluation.calibration.comparisons import People
from evaluation.calibration.damage_trials import Damaged, Probe
from evaluation.calibration.findings import Rate, Sensitivity
from evaluation.calibration.resampling import Weights, divided, rate, weights
from evaluation.calibration.templates import Templates

Numbers = NDArray[np.int64]


class _Others(NamedTuple):
    """Places of templates that a probe is compared with."""

    genuine: NDArray[np.intp]
    impostor: NDArray[np.intp]


class Drawn(NamedTuple):
    """Whose each probe is, (n,), and how often each of them is drawn in each resample."""

    people: People
    weights: Weights


def sensitivities(
    trials: Sequence[Damaged],
    probes: Sequence[Probe],
    templates: Templates,
    people: Collection[str],
    threshold: float,
    *,
    resamples: int,
    seed: int,
) -> tuple[Sensitivity, ...]:
    """Count, for each damage and level, what was not acquired, not matched and falsely matched.

    Probes are compared with the templates of `people`, and with no other.
    """
    if not probes:
        return ()
    others = list(_others(probes, templates, people))
    names, of = np.unique([probe.sample.person for probe in probes], return_inverse=True)
    drawn = Drawn(of, weights(len(names), resamples, seed))
    return tuple(
        _sensitivity(each, _compared(each, others, templates, threshold), threshold, drawn)
        for each in trials
    )


def _sensitivity(trial: Damaged, compared: Numbers, threshold: float, drawn: Drawn) -> Sensitivity:
    false_non_matches, genuine, false_matches, impostor = compared
    missed = np.array([outcome.vector is None for outcome in trial.outcomes], np.int64)
    return Sensitivity(
        damage=trial.damage.name,
        unit=trial.damage.unit,
        level=trial.level,
        threshold=threshold,
        not_acquired=_rate(missed, np.ones_like(missed), drawn),
        fnmr=_rate(false_non_matches, genuine, drawn),
        fmr=_rate(false_matches, impostor, drawn),
    )


def _others(
    probes: Sequence[Probe], templates: Templates, people: Collection[str]
) -> Iterator[_Others]:
    """Yield for each probe the places of its person's other photos, and of other people's."""
    allowed = set(people)
    inside = np.array([person in allowed for person in templates.people], bool)
    of_people, of_photos = (
        np.unique(np.array(each), return_inverse=True)[1]
        for each in (templates.people, templates.photos)
    )
    for probe in probes:
        same = of_people == of_people[probe.place]
        other = inside & (of_photos != of_photos[probe.place])
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


def _rate(errors: Numbers, trials: Numbers, drawn: Drawn) -> Rate:
    """Return the rate of errors of all probes, with intervals by people drawn anew."""
    wrong, asked = (
        drawn.weights @ np.bincount(drawn.people, each, drawn.weights.shape[1])
        for each in (errors, trials)
    )
    return rate(int(errors.sum()), int(trials.sum()), divided(wrong, asked))
