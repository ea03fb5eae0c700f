"""What could not be acquired at all: counted first, for refusing hard photos flatters all else."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluation.calibration.findings import Acquisition
from evaluation.calibration.resampling import by_person, rate, weights
from evaluation.calibration.templates import Templates


def acquisition(templates: Templates, resamples: int, seed: int) -> Acquisition:
    """Return FTA, of photos, and FTE, of people none of whose photos gave a template."""
    owners = [*templates.people, *(each.person for each in templates.failures)]
    failed = np.arange(len(owners)) >= len(templates.people)
    names, people = np.unique(np.array(owners, str), return_inverse=True)
    draws = None
    if len(names):
        draws = by_person(failed, people, weights(len(names), resamples, seed))
    unseen = len(names) - len(set(templates.people))
    return Acquisition(
        rate(int(failed.sum()), len(owners), draws),
        rate(unseen, len(names), None),
        dict(Counter(each.reason for each in templates.failures).most_common()),
    )


def failures_of(templates: Templates, names: Sequence[str]) -> NDArray[np.int64]:
    """Return how many photos of each of these people gave no template."""
    counts = Counter(each.person for each in templates.failures)
    return np.array([counts[each] for each in names], np.int64)
