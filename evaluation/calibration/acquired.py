"""What could not be acquired at all: counted first, for refusing hard photos flatters all else."""

from collections import Counter
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np

from evaluation.calibration.findings import Acquisition, Rate
from evaluation.calibration.resampling import by_person, rate, weights
from evaluation.calibration.templates import Templates


@dataclass(frozen=True, slots=True)
class Taken:
    """Photos as they were taken: of whom each is, and whether it failed to give a template."""

    owners: tuple[str, ...]
    failed: tuple[bool, ...]
    resamples: int
    seed: int

    def of(self, people: AbstractSet[str]) -> "Taken":
        """Return those of some people."""
        some = [each for each in zip(self.owners, self.failed, strict=True) if each[0] in people]
        owners, failed = zip(*some, strict=True) if some else ((), ())
        return Taken(owners, failed, self.resamples, self.seed)

    def failure_to_acquire(self) -> Rate:
        """Return FTA, of photos."""
        names, people = np.unique(np.array(self.owners, str), return_inverse=True)
        failed, draws = np.array(self.failed, bool), None
        if len(names):
            draws = by_person(failed, people, weights(len(names), self.resamples, self.seed))
        return rate(int(failed.sum()), len(failed), draws)


def taken(templates: Templates, resamples: int, seed: int) -> Taken:
    """Return all photos, those that gave a template first."""
    failures = [each.person for each in templates.failures]
    failed = (*(False for _ in templates.people), *(True for _ in failures))
    return Taken((*templates.people, *failures), failed, resamples, seed)


def acquisition(templates: Templates, photos: Taken) -> Acquisition:
    """Return FTA, and FTE of people none of whose photos gave a template."""
    people = set(photos.owners)
    unseen = len(people) - len(set(templates.people))
    return Acquisition(
        photos.failure_to_acquire(),
        rate(unseen, len(people), None),
        dict(Counter(each.reason for each in templates.failures).most_common()),
    )
