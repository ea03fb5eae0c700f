"""From what each replica has counted to what the service has: the sums that /metrics shows.

A replica tells what its counters stand at, and only those that changed. So no word that is lost or
said twice changes a sum; what a replica had counted stays when it is gone; and where the process
that adds up is replaced every sum begins at nothing, which is what Prometheus takes for a counter
that was reset: replicas then tell from where they count on.
"""

import math
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from deployments.instruments import HIGHEST, LOWEST, REGISTRY
from deployments.messages.measurements import Counted, Series
from deployments.sources import Sources

SILENT_SECONDS = 30.0  # A replica that says nothing for as long has no gauges any more.
GONE_SECONDS = 3600.0  # One that speaks again after as long is counted from what it says then.
CALM_SECONDS, WATCHED_SECONDS = 10.0, 2.0  # Between two words of a replica.
WATCHING_SECONDS = 5.0  # Whoever reads the page twice within these watches it.
KEPT_SECONDS = 1.0  # However many ask for the page, it is made as often.
MOST_SOURCES = Series("facegraph_sources_most", "facegraph_sources_most", ())

Sums = dict[Series, float]


class Reporter:
    """What one replica says; lives as long as it does."""

    def __init__(
        self, replica: str, deployment: str, registry: CollectorRegistry = REGISTRY
    ) -> None:
        self._replica = replica
        self._deployment = deployment
        self._registry = registry
        self._told: Sums = {}
        self._gone: frozenset[Series] = frozenset()
        self._before: Sums | None = {}

    def counted(self) -> Counted:
        """Return what changed since it was heard last, and all gauges."""
        sums, gauges = _looked_at(self._registry)
        self._gone |= self._told.keys() - sums.keys()
        known = self._told if self._before is None else {}
        changed = {
            key: value
            for key, value in sums.items()
            if value != known.get(key) and key not in self._gone
        }
        return Counted(
            self._replica, self._deployment, changed, gauges, self._before, gone=self._gone
        )

    def heard(self, counted: Counted, *, known: bool) -> None:
        """Remember what was heard; whoever did not know the replica is told everything next."""
        if known:
            self._forget(counted.gone)
            self._told.update(counted.sums)
        self._before = None if known else dict(self._told)

    def _forget(self, gone: frozenset[Series]) -> None:
        for key in gone:
            self._told.pop(key, None)
        self._gone -= gone


@dataclass(slots=True)
class _Replica:
    """One that reports: what its counters stood at, and what its gauges say."""

    deployment: str
    told_at: float
    sums: Sums = field(default_factory=dict)
    gauges: Mapping[Series, float] = field(default_factory=dict)


class Totals(Collector):
    """The sums over all replicas that there are or were; `clock` is monotonic."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sums: Sums = {}
        self._sources = Sources(clock=clock)
        self._replicas: dict[str, _Replica] = {}
        self._families = CollectorRegistry()
        self._families.register(self)
        self._page = ""
        self._made_at = -math.inf
        self._read_at = deque([-math.inf, -math.inf], maxlen=2)

    def take(self, counted: Counted) -> bool:
        """Take a replica's word; False where all that it has counted has to be told first."""
        self._forget_the_gone()
        self._forget_the_silent()
        known = self._replicas.get(counted.replica)
        if known is None:
            if counted.before is None:
                return False
            known = _Replica(counted.deployment, self._clock(), dict(counted.before))
            self._replicas[counted.replica] = known
        known.gauges, known.told_at = counted.gauges, self._clock()
        self._sources.most = self._most_sources()
        for key in counted.gone:
            known.sums.pop(key, None)
        for key, value in counted.sums.items():
            shown = self._shown(key)
            if key.source is not None and shown not in self._sums:
                self._begin(key.source, known.sums)
            self._sums[shown] = self._sums.get(shown, 0.0) + value - known.sums.get(key, 0.0)
            known.sums[key] = value
        return True

    def page(self) -> str:
        """Return all of it in the text format of Prometheus, as of at most a second ago."""
        self._read_at.append(self._clock())
        if self._clock() - self._made_at >= KEPT_SECONDS:
            self._page = generate_latest(self._families).decode()
            self._made_at = self._clock()
        return self._page

    @property
    def pause(self) -> float:
        """Seconds until a replica tells again: fewer while somebody watches, read twice of late."""
        watched = self._clock() - self._read_at[0] < WATCHING_SECONDS
        return WATCHED_SECONDS if watched else CALM_SECONDS

    def collect(self) -> Iterator[Metric]:
        """Yield every family that has a sample."""
        by_family: dict[str, Sums] = defaultdict(dict)
        for key, value in (self._sums | self._gauges()).items():
            by_family[key.family][key] = value
        for family in REGISTRY.collect():
            samples = by_family[family.name]
            told = Metric(family.name, family.documentation, family.type)
            for key in sorted(samples, key=lambda each: each.order):
                told.add_sample(key.sample, dict(key.labels), samples[key])
            if samples:
                yield told
        yield self._replica_count()

    def _gauges(self) -> Sums:
        found: dict[Series, list[float]] = {}
        for replica in self._heard_lately():
            for key, value in replica.gauges.items():
                found.setdefault(key, []).append(value)
        return {key: _together(key.family, values) for key, values in found.items()}

    def _replica_count(self) -> Metric:
        counted = Metric("facegraph_replicas", "Replicas that have reported lately.", "gauge")
        deployments = [each.deployment for each in self._heard_lately()]
        for name in sorted(set(deployments)):
            counted.add_sample("facegraph_replicas", {"deployment": name}, deployments.count(name))
        return counted

    def _heard_lately(self) -> list[_Replica]:
        oldest = self._clock() - SILENT_SECONDS
        return [each for each in self._replicas.values() if each.told_at > oldest]

    def _shown(self, key: Series) -> Series:
        """Return the series it is added to: each replica tells sources apart by itself."""
        return key if key.source is None else key.of_source(self._sources.told(key.source))

    def _begin(self, source: str, sums: Sums) -> None:
        """Have all series of a source for which there is room now: a replica tells what changes."""
        for key in sums:
            if key.source == source:
                self._sums.setdefault(self._shown(key), 0.0)

    def _most_sources(self) -> int:
        return int(max(each.gauges.get(MOST_SOURCES, 0.0) for each in self._replicas.values()))

    def _forget_the_silent(self) -> None:
        if silent := self._sources.forget_the_silent():
            self._sums = {
                key: value for key, value in self._sums.items() if key.source not in silent
            }

    def _forget_the_gone(self) -> None:
        oldest = self._clock() - GONE_SECONDS
        self._replicas = {name: one for name, one in self._replicas.items() if one.told_at > oldest}


def _together(family: str, values: Iterable[float]) -> float:
    if family in HIGHEST:
        return max(values)
    return min(values) if family in LOWEST else sum(values)


def _looked_at(registry: CollectorRegistry) -> tuple[Sums, Sums]:
    """Return what every counter and histogram stands at, and every gauge."""
    sums: Sums = {}
    gauges: Sums = {}
    for family in registry.collect():
        kept = gauges if family.type == "gauge" else sums
        for sample in family.samples:
            labels = tuple(sample.labels.items())
            kept[Series(family.name, sample.name, labels)] = sample.value
    return sums, gauges
