"""From two pages to what happened between them; pure arithmetic, as Prometheus does it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from cli.top.scrape import Labels, Page

Key: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Distribution:
    """What a histogram counted in some time: how many up to each bound, how many, and their sum."""

    buckets: tuple[tuple[float, float], ...]
    count: float
    total: float

    @property
    def mean(self) -> float | None:
        """The mean, or None of nothing."""
        return self.total / self.count if self.count else None

    def quantile(self, share: float) -> float | None:
        """Return what so large a share stayed under, as `histogram_quantile` does; None of nothing.

        It is interpolated within the bucket where it lies. Beyond the highest finite bound nothing
        is known, and that bound is returned.
        """
        if not self.buckets or not self.buckets[-1][1]:
            return None
        rank = share * self.buckets[-1][1]
        place = next(i for i, (_, count) in enumerate(self.buckets) if count >= rank)
        low, below = self.buckets[place - 1] if place else (0.0, 0.0)
        high, count = self.buckets[place]
        if place == len(self.buckets) - 1:
            return low
        if place == 0 and high <= 0:
            return high
        return low + (high - low) * (rank - below) / (count - below)


def increases(before: Page, after: Page, sample: str, by: Iterable[str]) -> dict[Key, float]:
    """Return by how much the counters rose, added up over all labels but those of `by`.

    One that fell began anew at nothing, and so did one that was not there before.
    """
    old = before.samples.get(sample, {})
    risen = {
        labels: value if value < (known := old.get(labels, 0.0)) else value - known
        for labels, value in after.samples.get(sample, {}).items()
    }
    return added(risen, by)


def per_second(before: Page, after: Page, sample: str, by: Iterable[str]) -> dict[Key, float]:
    """Return the same of each second between the two pages."""
    seconds = after.at - before.at
    return {key: risen / seconds for key, risen in increases(before, after, sample, by).items()}


def gauges(page: Page, sample: str, by: Iterable[str]) -> dict[Key, float]:
    """Return what gauges say, added up over all labels but those of `by`."""
    return added(page.samples.get(sample, {}), by)


def distributions(
    before: Page, after: Page, family: str, by: Iterable[str]
) -> dict[Key, Distribution]:
    """Return what each histogram counted between the two pages."""
    names = tuple(by)
    if _began_anew(before, after, f"{family}_count"):
        # Its buckets need not all have fallen: a difference of some and the whole of others lies.
        before = Page(before.at, {})
    counts = increases(before, after, f"{family}_count", names)
    sums = increases(before, after, f"{family}_sum", names)
    buckets: dict[Key, list[tuple[float, float]]] = defaultdict(list)
    for (*key, bound), count in increases(
        before, after, f"{family}_bucket", (*names, "le")
    ).items():
        buckets[tuple(key)].append((float(bound), count))
    return {
        key: Distribution(tuple(sorted(buckets[key])), count, sums.get(key, 0.0))
        for key, count in counts.items()
    }


def added(values: Mapping[Labels, float], by: Iterable[str]) -> dict[Key, float]:
    """Return the sums over all labels but those of `by`; a label that is not there is empty."""
    names = tuple(by)
    sums: dict[Key, float] = defaultdict(float)
    for labels, value in values.items():
        told = dict(labels)
        sums[tuple(told.get(name, "") for name in names)] += value
    return dict(sums)


def _began_anew(before: Page, after: Page, sample: str) -> bool:
    now = after.samples.get(sample, {})
    return any(now.get(labels, 0.0) < old for labels, old in before.samples.get(sample, {}).items())
