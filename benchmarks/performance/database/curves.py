"""The largest gallery, searched with fewer and more candidates, and for mates less and more alike.

What the index recalls depends on both; what it takes, on the first alone. Candidates are counted by
the index alone, for it is its recall that they buy; likeness is told of both ways to search.
"""

from typing import Any

import numpy as np

from benchmarks.performance.database import asking, probes
from benchmarks.performance.database.asking import ask
from benchmarks.performance.database.probes import Floats, Probes
from benchmarks.performance.database.searching import COSINE, Amounts
from benchmarks.performance.database.target import aimed, index_alone, shipped_tuning, ways
from benchmarks.performance.plan import Plan
from deployments.arguments import MatcherTuning

EF_SEARCH = (40, 100, 200, 400)
COSINES = (0.4, 0.5, 0.6, COSINE, 0.8, 0.9)
BY_EF_SEARCH, BY_COSINE = "by ef_search", "by cosine"

Found = dict[str, Any]


async def measure(plan: Plan, address: str, amounts: Amounts) -> Found:
    """Return the points of both curves."""
    lots = probes.draw(plan.people[-1], plan.binding.dimension, _lots(amounts.probes // 2))
    by_ef_search = [
        {"ef_search": each, **await _point(plan, address, _keeping(each), lots[BY_EF_SEARCH])}
        for each in EF_SEARCH
    ]
    by_cosine = [
        {"cosine": each, **await _by_each_way(plan, address, lots[_name(each)])} for each in COSINES
    ]
    return {BY_EF_SEARCH: by_ef_search, BY_COSINE: by_cosine}


def _keeping(ef_search: int) -> MatcherTuning:
    return index_alone(shipped_tuning()).model_copy(update={"ef_search": ef_search})


def _lots(count: int) -> dict[str, Floats]:
    alike = {_name(cosine): np.full(count, cosine) for cosine in COSINES}
    return alike | {BY_EF_SEARCH: probes.alternating(count, COSINE)}


def _name(cosine: float) -> str:
    return f"cosine {cosine:g}"


async def _by_each_way(plan: Plan, address: str, lot: Probes) -> Found:
    tunings = ways(plan.people[-1])
    return {way: await _point(plan, address, each, lot) for way, each in tunings.items()}


async def _point(plan: Plan, address: str, tuning: MatcherTuning, lot: Probes) -> Found:
    async with aimed(plan, address, plan.people[-1], tuning) as target:
        await asking.warm_up(target)
        return asking.figures(await ask(target, lot))
