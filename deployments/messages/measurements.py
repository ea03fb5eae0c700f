"""What replicas tell the telemetry of what they counted, and what they are answered."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Series(NamedTuple):
    """One series of a metric: the metric, which part of it, and the labels."""

    family: str
    sample: str
    labels: tuple[tuple[str, str], ...]

    @property
    def source(self) -> str | None:
        """The source of photos that it is of; None where it is of none."""
        return next((value for name, value in self.labels if name == "source"), None)

    def of_source(self, name: str) -> "Series":
        """Return the same of another source."""
        labels = tuple((key, name if key == "source" else value) for key, value in self.labels)
        return self._replace(labels=labels)

    @property
    def order(self) -> tuple[object, ...]:
        """By labels, and buckets by their bounds."""
        bound = next((float(value) for name, value in self.labels if name == "le"), math.inf)
        others = tuple(pair for pair in self.labels if pair[0] != "le")
        return (others, self.sample, bound)


@dataclass(frozen=True, slots=True)
class Counted:
    """What one replica has counted: sums that changed since it was heard last, and all gauges.

    With `before`, what it had told whoever was there then, `sums` are all that it has. `gone` are
    the sums that it no longer has, and will count from nothing if ever again: until that was heard
    it tells nothing of them.
    """

    replica: str
    deployment: str
    sums: Mapping[Series, float]
    gauges: Mapping[Series, float]
    before: Mapping[Series, float] | None
    gone: frozenset[Series] = frozenset()


@dataclass(frozen=True, slots=True)
class Heard:
    """What it is answered: whether it was known, and in how many seconds it tells again.

    One that was not known tells all that it has counted then.
    """

    known: bool
    pause: float
