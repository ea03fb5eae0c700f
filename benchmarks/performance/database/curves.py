"""The largest gallery, searched with fewer and more candidates, and for mates less and more alike.

What the index recalls depends on both; what it takes, on the first alone.
"""

from typing import Any

import numpy as np

from benchmarks.performance.database import asking, probes
from benchmarks.performance.database.asking import ask
from benchmarks.performance.database.probes import Probes
from benchmarks.performance.database.searching import COSINE, Amounts
from benchmarks.performance.database.target import aimed, shipped_tuning
from benchmarks.performance.plan import Plan
from deployments.arguments import MatcherTuning

EF_SEARCH = (40, 100, 200, 400)
COSINES = (0.5, 0.6, COSINE, 0.8, 0.9)
BY_EF_SEARCH, BY_COSINE = "by ef_search", "by cosine"

Found = dict[str, Any]


async def measure(plan: Plan, address: str, amounts: Amounts) -> Found:
    """Return a point of each curve."""
    count = amounts.probes // 2
    lots = {cosine: np.full(count, cosine) for cosine in COSINES}
    by_name = {f"{cosine}": lot for cosine, lot in lots.items()}
    drawn = probes.draw(
        plan.people[-1],
        plan.binding.dimension,
        by_name | {BY_EF_SEARCH: probes.alternating(count, COSINE)},
    )
    shipped = shipped_tuning()
    return {
        BY_EF_SEARCH: [
            {"ef_search": ef_search}
            | await _point(
                plan,
                address,
                shipped.model_copy(update={"ef_search": ef_search}),
                drawn[BY_EF_SEARCH],
            )
            for ef_search in EF_SEARCH
        ],
        BY_COSINE: [
            {"cosine": cosine} | await _point(plan, address, shipped, drawn[f"{cosine}"])
            for cosine in COSINES
        ],
    }


async def _point(plan: Plan, address: str, tuning: MatcherTuning, lot: Probes) -> Found:
    async with aimed(plan, address, plan.people[-1], tuning) as target:
        await asking.warm_up(target)
        return asking.figures(await ask(target, lot))
