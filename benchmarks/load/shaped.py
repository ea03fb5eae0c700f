"""One load shape against a service that is up: what was asked, and the service meanwhile."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import closed_loop
from benchmarks.load import capacity, cores, generator, requests
from benchmarks.load.requests import Requests
from benchmarks.load.watch import BY_PART, Sample, glance, inspect, watching
from benchmarks.service import Service
from cli.pictures import jpeg, stranger_photo
from locustfiles import steps
from locustfiles.steps import Step, Window

COLLECTION = "gallery"
IDENTIFY = f"/v1/collections/{COLLECTION}/identify"
PROBES_A_SECOND = 2.0
GLANCE_SECONDS = 1.0
# A soak is looked at as often as this, a short one so many times: a trend wants samples.
INSPECT_SECONDS, INSPECTIONS = 10.0, 30
LOCUST_STARTS_SECONDS = 8.0  # Until its first request; the prober then has company to the end.


@dataclass(frozen=True, slots=True)
class Bench:
    """A service with a gallery, and where files are put."""

    service: Service
    cores: cores.Cores
    folder: Path
    soak_minutes: float
    capacity_seconds: float

    def require_cores(self) -> None:
        """Raise Strayed if any thread of the service may leave its core."""
        cores.require(self.service.family(), self.cores.service)

    def locust(self, name: str, output: Path, *arguments: str) -> None:
        """Run a locustfile on the gallery to its end; see generator.locust."""
        generator.locust(
            self.service, name, output, *arguments,
            collection=COLLECTION, core=self.cores.generator,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Observed:
    """What one shape did; times are in seconds since it began. `probes` are part of `requests`.

    `capacity` is what the service could do just before, in requests a second.
    """

    plan: Sequence[Step]
    capacity: float
    requests: Requests
    probes: Requests
    beginning: float
    samples: Sequence[Sample]

    @property
    def windows(self) -> list[Window]:
        """The part of each step that counts."""
        return list(steps.windows(self.plan))

    def cpu(self, windows: Sequence[Window]) -> BY_PART:
        """Return the share of a core that each part took in some windows together."""
        at = [sample.at - self.beginning for sample in self.samples]
        edges = [(window.begin, window.end) for window in windows]
        seconds = sum(window.seconds for window in windows)
        shares = {}
        for part in self.samples[-1].cpu_seconds:
            used = [sample.cpu_seconds.get(part, 0.0) for sample in self.samples]
            shares[part] = float(np.diff(np.interp(edges, at, used)).sum()) / seconds
        return shares


def drive(bench: Bench, shape: str) -> Observed:
    """Put a shape on the service, and watch: closely when it is short, all of it in a soak."""
    plan = steps.plan(shape, bench.soak_minutes)
    record, probed = (bench.folder / f"{shape}.{name}.csv" for name in ("requests", "probes"))
    look, every = _looks(shape, steps.seconds(plan))
    bench.require_cores()
    url, photo = f"{bench.service.url}{IDENTIFY}", jpeg(stranger_photo())
    wire = closed_loop.request(url, bench.service.token, photo)
    can_do = capacity.measure(url, wire, bench.capacity_seconds)
    asking = generator.prober(
        bench.service,
        IDENTIFY,
        photo,
        probed,
        seconds=steps.seconds(plan) + LOCUST_STARTS_SECONDS,
        rate=PROBES_A_SECOND,
        core=bench.cores.generator,
    )
    with watching(bench.service, every, look) as samples, asking:
        _locust(bench, shape, can_do, record)
    bench.require_cores()
    beginning, asked = requests.read(record)
    probes = requests.read_probes(probed).since(beginning).sent_in(0, steps.seconds(plan))
    together = requests.together(asked, probes)
    return Observed(plan, can_do, together, probes, beginning, samples)


def _looks(shape: str, seconds: float) -> tuple[Callable[[Service], Sample], float]:
    if shape != "soak":
        return glance, GLANCE_SECONDS
    return inspect, min(INSPECT_SECONDS, seconds / INSPECTIONS)


def _locust(bench: Bench, shape: str, can_do: float, record: Path) -> None:
    options = {
        "--shape": shape,
        "--capacity": f"{can_do:.2f}",
        "--besides": str(PROBES_A_SECOND),
        "--soak-minutes": str(bench.soak_minutes),
        "--record": str(record),
    }
    arguments = [word for option in options.items() for word in option]
    bench.locust("overload", bench.folder / shape, *arguments)
