"""Two sets of people who have nobody in common: one to choose a threshold, one to try it on.

A threshold that is tried on the comparisons it was chosen on flatters itself. And where a person is
in both sets so are their peculiarities: so people are divided, and not comparisons.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.calibration.comparisons import People


@dataclass(frozen=True, slots=True)
class Half:
    """Some of the people: `members` are their indices, `local` gives them indices of their own."""

    members: People
    local: People

    def has(self, people: People) -> NDArray[np.bool_]:
        """Say of each whether it is one of these people."""
        return np.asarray(self.local[people] >= 0)


def halves(people: int, seed: int) -> tuple[Half, Half]:
    """Divide so many people by chance; the first half chooses."""
    order = np.random.default_rng(seed).permutation(people)
    return _half(order[: people // 2], people), _half(order[people // 2 :], people)


def _half(members: People, people: int) -> Half:
    members = np.sort(members)
    local = np.full(people, -1, np.intp)
    local[members] = np.arange(len(members))
    return Half(members, local)
