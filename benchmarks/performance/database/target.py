"""The gallery as a replica of the Matcher opens it, tuned as shipped or to the index alone."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks import processes
from benchmarks.load.configuration import SHIPPED
from benchmarks.performance.plan import Plan, collection_of
from db.allowance import Allowance
from db.gallery import Gallery
from db.nearest import READ_WHOLE_UP_TO
from db.pool import breaker_of, open_pool
from deployments.arguments import MatcherTuning
from deployments.messages.embedder import Model

SHIPPED_WAY, INDEX_ALONE = "as shipped", "index alone"


@dataclass(frozen=True, slots=True)
class Target:
    """A collection to search, by the service's own code, and the process of its server."""

    gallery: Gallery
    collection: str
    model: Model
    server: int

    def cpu_seconds(self) -> float:
        """Return the CPU seconds that PostgreSQL has used since its processes began."""
        return sum(processes.cpu_seconds(processes.family(self.server)).values())


def shipped_tuning() -> MatcherTuning:
    """Return what the shipped file says of the Matcher."""
    document = yaml.safe_load(SHIPPED.read_text())
    deployments = document["applications"][0]["deployments"]
    (matcher,) = (each for each in deployments if each["name"] == "Matcher")
    return MatcherTuning.model_validate(matcher["user_config"])


def index_alone(tuning: MatcherTuning) -> MatcherTuning:
    """Return the same without the look at everybody where the index leaves doubt."""
    return tuning.model_copy(update={"compare_all_up_to": 0})


def ways(people: int) -> Mapping[str, MatcherTuning]:
    """Return the tunings by which a gallery is searched; one that is read whole asks no index."""
    shipped = shipped_tuning()
    if people <= READ_WHOLE_UP_TO:
        return {SHIPPED_WAY: shipped}
    return {SHIPPED_WAY: shipped, INDEX_ALONE: index_alone(shipped)}


@asynccontextmanager
async def aimed(
    plan: Plan, address: str, people: int, tuning: MatcherTuning
) -> AsyncIterator[Target]:
    """Lend the collection of that size, on a pool of its own."""
    pool = open_pool(
        address,
        max_size=tuning.pool_size,
        statement_timeout_seconds=tuning.statement_timeout_seconds,
        ef_search=tuning.ef_search,
        breaker=breaker_of(address),
    )
    allowance = Allowance(**tuning.verification_attempts.model_dump())
    async with pool:
        gallery = Gallery(pool, tuning.ambiguity_margin, allowance, tuning.compare_all_up_to)
        model = plan.at_hand.pack.model
        yield Target(gallery, collection_of(people), model, _postmaster(plan.data_dir))


def _postmaster(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
