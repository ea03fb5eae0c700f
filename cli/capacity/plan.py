"""From a load to machines: each line with what it rests on, and where it was measured."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import ceil

from cli.capacity import costs
from cli.capacity.figures import Figures
from cli.capacity.known import Known, fitted, measured
from cli.capacity.packs import WORK
from cli.capacity.queueing import mean_wait

# Layers of the report that lines come from.
_EMBEDDING = ("inference", "scaling")
_WHOLE = ("end to end",)
_DATABASE = ("database",)

Slowdown = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked: requests a second, people in the gallery, the pack, and the machines.

    `photo_px` is the side of a square photo; `headroom` is the share of the cores that is used.
    """

    rps: float
    gallery: float
    pack: str
    photo_px: int
    cores_per_machine: int
    headroom: float

    @property
    def megapixels(self) -> float:
        """The size of a photo."""
        return self.photo_px**2 / 1e6


@dataclass(frozen=True, slots=True)
class Line:
    """A figure of the plan: what, how much of which unit, and the layers that it comes from."""

    what: str
    known: Known
    unit: str
    layers: tuple[str, ...]


class Plan:
    """What a load takes, reckoned once."""

    def __init__(self, load: Load, figures: Figures) -> None:
        self.load = load
        self._figures = figures
        self._scaling = figures.inference.scaling
        self._idle_ms = costs.inference_ms(figures, load.pack, load.megapixels)
        self._dimension = WORK[load.pack].dimension
        self._search_ms = costs.search_ms(figures, load.gallery, self._dimension)

    @cached_property
    def photo_ms(self) -> Known:
        """What a photo takes a core while the machine is as busy as it may be."""
        return self._idle_ms * self._slowdown(self._scaling.slowdown)

    @cached_property
    def replicas(self) -> Known:
        """How many embedders of one thread: each keeps one core busy for its share of the time."""
        cores = self._cores(self.photo_ms)
        return Known(max(1.0, ceil(cores.value)), cores.basis)

    @cached_property
    def service_cores(self) -> Known:
        """The cores of all but PostgreSQL."""
        return self.replicas + self._cores(costs.overhead_ms(self._figures))

    @cached_property
    def database_cores(self) -> Known:
        """The cores of PostgreSQL."""
        return self._cores(self._search_ms)

    @cached_property
    def shared(self) -> bool:
        """Whether one machine has the cores for everything, PostgreSQL included."""
        both = self.service_cores.value + self.database_cores.value
        return both <= self.load.cores_per_machine

    @cached_property
    def machines(self) -> Known:
        """The machines of the service; PostgreSQL's own is counted apart, where it has one."""
        cores = self.service_cores
        return Known(max(1.0, ceil(cores.value / self.load.cores_per_machine)), cores.basis)

    @property
    def database_fits(self) -> bool:
        """Whether one machine has the cores of PostgreSQL: it is not spread over several."""
        return self.database_cores.value <= self.load.cores_per_machine

    @property
    def pessimistic_replicas(self) -> int:
        """How many embedders it would take if each further busy core slowed all others."""
        slow = self._idle_ms * self._slowdown(self._scaling.worst_slowdown)
        return ceil(self._cores(slow).value)

    def lines(self) -> list[Line]:
        """Return all figures, in the order they are told."""
        return [*self._costs(), *self._machines(), *self._database(), *self._latency()]

    def _costs(self) -> Iterator[Line]:
        overhead = costs.overhead_ms(self._figures)
        yield Line("a photo, decoded and embedded", self.photo_ms, "CPU ms", _EMBEDDING)
        yield Line("a request, all else but PostgreSQL", overhead, "CPU ms", _WHOLE)
        yield Line("a search, PostgreSQL", self._search_ms, "CPU ms", _DATABASE)

    def _machines(self) -> Iterator[Line]:
        figures, replicas = self._figures, self.replicas
        embedder = costs.embedder_mb(figures, self.load.pack)
        rest = measured(figures.service.rest_mb)
        yield Line("embedders, of one thread each", replicas, "replicas", _EMBEDDING)
        yield Line("cores of the service", self.service_cores, "cores", (*_EMBEDDING, *_WHOLE))
        yield Line("machines of the service", self.machines, "machines", (*_EMBEDDING, *_WHOLE))
        yield Line("memory of all embedders", (embedder * replicas).times(1e-3), "GB", _WHOLE)
        yield Line("memory of the rest", (rest * self.machines).times(1e-3), "GB", _WHOLE)

    def _database(self) -> Iterator[Line]:
        figures, people = self._figures, self.load.gallery
        memory = self._searched_gb + measured(figures.service.postgresql_mb / 1000)
        disk = self._vectors_gb + costs.row_bytes(figures).times(people / 1e9)
        larger = fitted(0.0, within=people <= figures.gallery.largest)
        build = costs.build_seconds(figures, people).times(1 / 60)
        yield Line("cores of PostgreSQL", self.database_cores, "cores", _DATABASE)
        yield Line("memory of PostgreSQL, at least", memory + larger, "GB", _DATABASE)
        yield Line("disk of PostgreSQL, without its log", disk + larger, "GB", _DATABASE)
        yield Line("building the index anew", build, "minutes", _DATABASE)

    @property
    def looks_at_everybody(self) -> bool:
        """Whether a search that the index leaves in doubt compares with the whole gallery."""
        return costs.looks_at_everybody(self._figures, self.load.gallery)

    @property
    def _searched_gb(self) -> Known:
        """What searches read: the index, and where they look at everybody signs and vectors too."""
        return self._vectors_gb if self.looks_at_everybody else self._index_gb

    @property
    def _vectors_gb(self) -> Known:
        """The index, the vectors and their signs, with all keys."""
        tables = costs.table_bytes(self._figures, self._dimension)
        signs = costs.signs_bytes(self._figures, self._dimension)
        return self._index_gb + (tables + signs).times(self.load.gallery / 1e9)

    @property
    def _index_gb(self) -> Known:
        each = costs.index_bytes(self._figures, self._dimension)
        return each.times(self.load.gallery / 1e9)

    def _latency(self) -> Iterator[Line]:
        alone = self.alone_ms()
        yield Line("latency at one client, median", alone, "ms", (*_WHOLE, *_DATABASE))
        waiting = mean_wait(
            self.photo_ms.value, servers=int(self.replicas.value), per_second=self.load.rps
        )
        busier = self.photo_ms.value - self._idle_ms.value
        loaded = alone + fitted(busier + waiting, within=False)
        yield Line("latency at this load, about", loaded, "ms", (*_EMBEDDING, *_WHOLE))

    def alone_ms(self) -> Known:
        """Return the latency of a request that meets no other."""
        figures, service = self._figures, self._figures.service
        seen = costs.inference_ms(figures, service.pack, figures.inference.photo.megapixels)
        search = costs.search_latency_ms(figures, self.load.gallery, self._dimension)
        its_own = WORK[service.pack].dimension
        searched = costs.search_latency_ms(figures, service.people, its_own)
        exchanged = self._idle_ms + seen.times(-1) + search + searched.times(-1)
        return measured(service.alone_ms) + exchanged

    def _cores(self, milliseconds: Known) -> Known:
        return milliseconds.times(self.load.rps / 1000 / self.load.headroom)

    def _slowdown(self, of: Slowdown) -> Known:
        """Return how many times as long everything takes on a machine that is busy."""
        cores = self.load.cores_per_machine
        return fitted(of(cores), within=cores <= self._scaling.cores)
