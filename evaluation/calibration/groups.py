"""Errors of each group that labels name, at one threshold, and how far groups are apart.

Whom one looks like most are people of one's own group: false matches within a group are what a
person of it has to fear, and a mean over everybody hides them (J. Howard, Y. Sirotin, A. Vemury,
The Effect of Broad and Specific Demographic Homogeneity on the Imposter Distributions and False
Match Rates in Face Recognition Algorithm Performance, 2019).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from evaluation.calibration.acquired import Taken
from evaluation.calibration.comparisons import Compared
from evaluation.calibration.findings import Disparity, Group, Rate
from evaluation.calibration.labels import Labels
from evaluation.calibration.resampling import (
    Weights,
    by_person,
    divided,
    impostor_pairs,
    matches_drawn,
    rate,
)

FEWEST_PEOPLE: Final = 10
FEWEST_GENUINE: Final = 30
FEWEST_IMPOSTORS: Final = 300
"""Below any of these a group's rate is not told: 3 / 300 is all that no error at all would say."""

Mask = NDArray[np.bool_]
Measured = Literal["within", "fnmr", "failure_to_acquire"]


@dataclass(frozen=True, slots=True)
class Tried:
    """The people whose errors are looked at, by name, and what their comparisons gave.

    `taken` are all photos of everybody, for who could never be acquired is in no comparison.
    """

    names: Sequence[str]
    compared: Compared
    photos: NDArray[np.int64]
    drawn: Weights | None
    taken: Taken

    def of(self, labels: Labels, attribute: str, value: str) -> Mask:
        """Return who bears a label, as a mask over people."""
        return np.array([labels.get(each, {}).get(attribute) == value for each in self.names])


def grouped(tried: Tried, labels: Labels, threshold: float) -> tuple[Group, ...]:
    """Return the errors of every group that somebody is in, in the order of the labels' names."""
    values = {
        (attribute, value)
        for each in set(tried.taken.owners)
        for attribute, value in labels.get(each, {}).items()
    }
    return tuple(
        _group(tried, labels, attribute, value, threshold) for attribute, value in sorted(values)
    )


def disparities(groups: Sequence[Group], threshold: float) -> tuple[Disparity, ...]:
    """Return how much worse the worst group is, by attribute and rate, where two have enough."""
    found = (
        _disparity([each for each in groups if each.attribute == attribute], measured, threshold)
        for attribute in sorted({each.attribute for each in groups})
        for measured in get_args(Measured)
    )
    return tuple(each for each in found if each is not None)


def _group(tried: Tried, labels: Labels, attribute: str, value: str, threshold: float) -> Group:
    members = tried.of(labels, attribute, value)
    enough = int(members.sum()) >= FEWEST_PEOPLE
    bearers = {who for who, named in labels.items() if named.get(attribute) == value}
    taken = tried.taken.of(bearers)
    return Group(
        attribute,
        value,
        people=len(set(taken.owners)),
        photos=len(taken.owners),
        failure_to_acquire=taken.failure_to_acquire(),
        within=_within(tried, members, threshold) if enough else None,
        mixed=_mixed(tried, members, threshold) if enough else None,
        fnmr=_not_matching(tried, members, threshold) if enough else None,
    )


def _within(tried: Tried, members: Mask, threshold: float) -> Rate | None:
    """Return the FMR of two people who are both of the group."""
    impostors = tried.compared.impostors
    both = members[impostors.first] & members[impostors.second]
    total = int(impostor_pairs((tried.photos * members).astype(np.float64)))
    drawn = None if tried.drawn is None else impostor_pairs(tried.drawn * (tried.photos * members))
    return _matching(tried, both, threshold, total, drawn)


def _mixed(tried: Tried, members: Mask, threshold: float) -> Rate | None:
    """Return the FMR of one who is of the group and one who is not."""
    impostors = tried.compared.impostors
    one = members[impostors.first] ^ members[impostors.second]
    inside, outside = tried.photos * members, tried.photos * ~members
    total = int(inside.sum() * outside.sum())
    drawn = None if tried.drawn is None else (tried.drawn @ inside) * (tried.drawn @ outside)
    return _matching(tried, one, threshold, total, drawn)


def _matching(
    tried: Tried,
    chosen: Mask,
    threshold: float,
    total: int,
    drawn: NDArray[np.float64] | None,
) -> Rate | None:
    if total < FEWEST_IMPOSTORS:
        return None
    impostors = tried.compared.impostors
    wrong = chosen & (impostors.scores >= threshold)
    first, second = impostors.first[wrong], impostors.second[wrong]
    if tried.drawn is None or drawn is None:
        return rate(len(first), total, None)
    errors = matches_drawn(first, second, [len(first)], tried.drawn)[:, 0]
    return rate(len(first), total, divided(errors, drawn))


def _not_matching(tried: Tried, members: Mask, threshold: float) -> Rate | None:
    genuine = tried.compared.genuine
    own = members[genuine.people]
    if int(own.sum()) < FEWEST_GENUINE:
        return None
    wrong, people = genuine.scores[own] < threshold, genuine.people[own]
    draws = None if tried.drawn is None else by_person(wrong, people, tried.drawn)
    return rate(int(wrong.sum()), len(wrong), draws)


def _disparity(groups: Sequence[Group], measured: Measured, threshold: float) -> Disparity | None:
    """Compare those with enough people; None where no group is worse than another."""
    rates = {each.name: getattr(each, measured) for each in groups if each.people >= FEWEST_PEOPLE}
    known = sorted((found.value, name) for name, found in rates.items() if found is not None)
    if not known or known[0][0] == known[-1][0]:
        return None
    (best, best_name), (worst, worst_name) = known[0], known[-1]
    ratio = mean = None
    if best > 0:
        ratio = worst / best
        mean = worst / exp(sum(log(value) for value, _ in known) / len(known))
    return Disparity(groups[0].attribute, measured, threshold, worst_name, best_name, ratio, mean)
