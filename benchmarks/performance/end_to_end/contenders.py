"""Who is measured, and how each is started: alone, on the one PostgreSQL that is there already."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import psutil
import yaml

from benchmarks import gallery, processes
from benchmarks.load.configuration import SHIPPED, under_load
from benchmarks.performance.end_to_end.questions import told_by_rival, told_by_service
from benchmarks.performance.plan import Plan
from benchmarks.rivals.hosting import Tuning, hosted
from benchmarks.service import UP, Service, service
from cli.cluster import cpus_of_the_machine
from db import catalogue
from db.migrate import migrate
from db.pool import open_pool, transaction

OURS = "Facegraph"
ONE_LOOK = "Facegraph, one look at 640 px"
INDEX_ALONE = "Facegraph, index alone"
DEFAULTS = "Facegraph on Ray's defaults"
DESCRIBED = {1: "first generation, 1 worker", 4: "first generation, 4 workers"}
TUNED = "first generation, tuned"
POSTGRESQL, APPLICATION = "postgresql", "application"

# What bounds do to a service that is asked for too much is told in docs/load.md.
REFUSING_NOBODY = {"burst": 256, "queue_seconds": 5.0}
RAY_DEFAULTS = (sys.executable, "-m", "benchmarks.rivals.ray_defaults")


@dataclass(frozen=True, slots=True)
class Contender:
    """One that answers now: where it is asked, and whom an answer's body names.

    `family` are its processes and PostgreSQL's, `parts` makes of figures by process those a reader
    sees. `service` is where it is ours.
    """

    url: str
    token: str
    told: Callable[[bytes], str | None]
    family: Callable[[], list[psutil.Process]]
    parts: Callable[[Mapping[str, float]], dict[str, float]]
    service: Service | None = None

    def cpu(self) -> processes.Clocks:
        """Return the clocks of its processes, for `cpu_since`."""
        return processes.cpu_by_process(self.family())

    def cpu_since(self, before: processes.Clocks) -> dict[str, float]:
        """Return CPU seconds since then, by part."""
        return self.parts(processes.cpu_since(self.cpu(), before))

    def memory(self) -> dict[str, float]:
        """Return proportional set sizes in megabytes, by part."""
        return self.parts(processes.pss_megabytes(self.family()))


@dataclass(frozen=True, slots=True)
class Ground:
    """What all share: the plan, the database's address, the number of the collection."""

    plan: Plan
    address: str
    number: int


async def prepared(plan: Plan, address: str) -> Ground:
    """Fill the gallery where that was not done, and return what all are measured on."""
    await migrate(address)
    await gallery.fill(address, plan.collection, plan.people[-1], plan.binding)
    async with open_pool(address, max_size=1) as pool, transaction(pool) as connection:
        row = await catalogue.find(connection, plan.collection)
    return Ground(plan, address, int(row["number"]))


def opening(ground: Ground, name: str, tuning: Tuning) -> AbstractContextManager[Contender]:
    """Return what starts the contender of that name and ends it; `tuning` is the tuned one's."""
    for workers, described in DESCRIBED.items():
        if name == described:
            return first_generation(ground, Tuning(workers))
    if name == TUNED:
        return first_generation(ground, tuning)
    if name == ONE_LOOK:
        return facegraph(ground, arguments={"second_look": False})
    if name == INDEX_ALONE:
        return facegraph(ground, matcher={"compare_all_up_to": 0})
    return facegraph(ground, command=RAY_DEFAULTS if name == DEFAULTS else UP)


@contextmanager
def facegraph(
    ground: Ground,
    *,
    arguments: Mapping[str, object] = MappingProxyType({}),
    matcher: Mapping[str, object] = MappingProxyType({}),
    command: Sequence[str | Path] = UP,
) -> Iterator[Contender]:
    """Run the service as shipped, with one embedder a core.

    `arguments` are for the graph, `matcher` goes into the `user_config` of that node.
    """
    plan = ground.plan
    pack = plan.at_hand.pack
    text = configuration(SHIPPED.read_text(), {"pack": str(pack.folder), **arguments}, matcher)
    accepted = {"FACEGRAPH_ACCEPTED_LICENCES": pack.licence}
    with service(plan.data_dir, text, settings=accepted, command=command) as running:
        url = f"{running.url}/v1/collections/{plan.collection}/identify"
        yield Contender(
            url,
            running.token,
            told_by_service,
            running.family,
            dict,
            running,
        )


def configuration(
    text: str,
    arguments: Mapping[str, object],
    matcher: Mapping[str, object] = MappingProxyType({}),
) -> str:
    """Return a serve_config.yaml with fixed replicas, one embedder a core, refusing nobody."""
    document = yaml.safe_load(under_load(text))
    application = document["applications"][0]
    application["args"] |= arguments
    nodes = {node["name"]: node for node in application["deployments"]}
    replicas = dict.fromkeys(("min_replicas", "max_replicas"), cpus_of_the_machine())
    nodes["Embedder"]["autoscaling_config"] |= replicas
    nodes["Ingress"]["user_config"]["capacity"] |= REFUSING_NOBODY
    nodes["Matcher"]["user_config"] |= matcher
    return yaml.safe_dump(document, sort_keys=False)


@contextmanager
def first_generation(ground: Ground, tuning: Tuning) -> Iterator[Contender]:
    """Run the rival on the same pack, table and index, which it asks for as many candidates."""
    plan = ground.plan
    pack = plan.at_hand.pack
    variables = {
        "RIVAL_DATABASE": ground.address,
        "RIVAL_TABLE": f"templates_{ground.number}",
        "RIVAL_EF_SEARCH": str(ef_search(SHIPPED.read_text())),
        "RIVAL_THRESHOLD": str(pack.identify_threshold),
        "RIVAL_PACK": str(pack.folder),
        "RIVAL_PLAIN": str(plan.at_hand.plain),
    }
    log = plan.data_dir / "rival.log"
    with hosted(variables, tuning, plan.photos[0], log) as running:

        def family() -> list[psutil.Process]:
            return [*running.family(), *_postgresql(plan.data_dir)]

        yield Contender(
            running.url,
            "none-is-looked-at",
            told_by_rival,
            family,
            in_two,
        )


def ef_search(text: str) -> int:
    """Return how many candidates the service lets the index keep."""
    nodes = yaml.safe_load(text)["applications"][0]["deployments"]
    (matcher,) = (node for node in nodes if node["name"] == "Matcher")
    return int(matcher["user_config"]["ef_search"])


def in_two(parts: Mapping[str, float]) -> dict[str, float]:
    """Return PostgreSQL's share and that of all else, which is the rival itself."""
    database = parts.get(POSTGRESQL, 0.0)
    return {POSTGRESQL: database, APPLICATION: sum(parts.values()) - database}


def _postgresql(data_dir: Path) -> list[psutil.Process]:
    return processes.family(int((data_dir / "postgres/postmaster.pid").read_text().split()[0]))
