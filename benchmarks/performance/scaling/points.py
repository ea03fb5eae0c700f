"""The points that are measured: which replicas, on which cores, with what, and which of them judge.

A point is `held out` when the model is not fitted on it: the middle batch size, the middle size of
photo, large photos on many cores, and two replicas that share one core. Which ones is written here
before anything is measured.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

BATCHES = (1, 4, 8)
SHIPPED_BATCH = 8
THREADS = (1, 2)
SMALL, MIDDLE, LARGE = "as they are", "1280 px", "3000 px"
_QUICK_THREADS = 1


@dataclass(frozen=True, slots=True)
class Setting:
    """Replicas of so many threads on so many cores, the most photos in a batch, and which photos.

    `role` is what the model does with the point: "fit", "check", or "none" where a replica is not
    confined to one core: of further threads, or of a decoder at work beside, it knows nothing.
    """

    processes: int
    cores: int
    threads: int
    batch: int
    photos: str
    role: str

    @property
    def busy(self) -> int:
        """How many cores it keeps busy, where there are no more cores than replicas."""
        return min(self.processes, self.cores)


@dataclass(frozen=True, slots=True)
class Point:
    """A setting and what it did, in the median of its rounds.

    `megapixels` of a photo; latency with its queue. `spread` is how far the photos a second of its
    rounds lie apart, as a share of their median.
    """

    setting: Setting
    megapixels: float
    photos_a_second: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    spread: float

    def told(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return asdict(self)


def point(told: Mapping[str, Any]) -> Point:
    """Return the point that was told."""
    return Point(**{**told, "setting": Setting(**told["setting"])})


def settings(cores: int, *, quick: bool) -> list[Setting]:
    """Return all that is measured on a machine of so many cores, each once."""
    return [*_grid(cores, quick=quick), *_photos(cores, quick=quick), *_sharing(cores, quick=quick)]


def counts(cores: int) -> list[int]:
    """Return the numbers of replicas tried: powers of two up to the cores, and the cores."""
    powers = [1 << power for power in range(cores.bit_length()) if 1 << power < cores]
    return [*powers, cores]


def _grid(cores: int, *, quick: bool) -> Iterator[Setting]:
    batches: Sequence[int] = (BATCHES[0], BATCHES[-1]) if quick else BATCHES
    threads = [_QUICK_THREADS] if quick else THREADS
    for count, processes, batch in product(threads, counts(cores), batches):
        yield Setting(processes, cores, count, batch, SMALL, _role(processes, cores, count, batch))
    # As many cores as replicas: decoders are processes of their own, and would take idle ones.
    for processes, batch in product(counts(cores)[:-1], batches):
        role = _role(processes, processes, 1, batch)
        yield Setting(processes, processes, 1, batch, SMALL, role)


def _role(processes: int, cores: int, threads: int, batch: int) -> str:
    if threads > 1 or processes < cores:
        return "none"
    return "check" if batch == BATCHES[1] else "fit"


def _photos(cores: int, *, quick: bool) -> Iterator[Setting]:
    sizes = [LARGE] if quick else [MIDDLE, LARGE]
    for size, processes in product(sizes, sorted({1, cores})):
        role = "fit" if size == LARGE and processes == 1 else "check"
        yield Setting(processes, processes, 1, SHIPPED_BATCH, size, role)


def _sharing(cores: int, *, quick: bool) -> Iterator[Setting]:
    if cores == 1:
        return
    for batch in [SHIPPED_BATCH] if quick else [1, SHIPPED_BATCH]:
        yield Setting(2, 1, 1, batch, SMALL, "check")
