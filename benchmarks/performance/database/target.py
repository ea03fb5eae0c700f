"""The gallery as a replica of the Matcher opens it, tuned as `serve_config.yaml` ships it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks import processes
from benchmarks.load.configuration import SHIPPED
from benchmarks.performance.plan import Plan, collection_of
from db.allowance import Allowance
from db.gallery import Gallery
from db.pool import breaker_of, open_pool
from deployments.arguments import MatcherTuning
from deployments.messages.embedder import Model


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
        gallery = Gallery(pool, tuning.ambiguity_margin, allowance)
        model = plan.at_hand.pack.model
        yield Target(gallery, collection_of(people), model, _postmaster(plan.data_dir))


def _postmaster(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
