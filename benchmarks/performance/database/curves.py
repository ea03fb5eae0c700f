"""The largest gallery, searched with fewer and more candidates, and for mates less and more alike.

What the index recalls depends on both; what it takes, on the first alone.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.performance.database import asking, probes
from benchmarks.performance.database.asking import ask
from benchmarks.performance.database.probes import Floats, Probes
from benchmarks.performance.database.searching import COSINE, Amounts
from benchmarks.performance.database.target import aimed, shipped_tuning
from benchmarks.performance.plan import Plan
from deployments.arguments import MatcherTuning

EF_SEARCH = (40, 100, 200, 400)
COSINES = (0.5, 0.6, COSINE, 0.8, 0.9)
BY_EF_SEARCH, BY_COSINE = "by ef_search", "by cosine"

Found = dict[str, Any]


async def measure(plan: Plan, address: str, amounts: Amounts) -> Found:
    """Return the points of both curves."""
    lots = probes.draw(plan.people[-1], plan.binding.dimension, _lots(amounts.probes // 2))
    shipped = shipped_tuning()
    tunings = [shipped.model_copy(update={"ef_search": ef_search}) for ef_search in EF_SEARCH]
    effort = [await _point(plan, address, tuning, lots[BY_EF_SEARCH]) for tuning in tunings]
    alike = [await _point(plan, address, shipped, lots[_name(cosine)]) for cosine in COSINES]
    return {
        BY_EF_SEARCH: _beside("ef_search", EF_SEARCH, effort),
        BY_COSINE: _beside("cosine", COSINES, alike),
    }


def _lots(count: int) -> dict[str, Floats]:
    alike = {_name(cosine): np.full(count, cosine) for cosine in COSINES}
    return alike | {BY_EF_SEARCH: probes.alternating(count, COSINE)}


def _name(cosine: float) -> str:
    return f"cosine {cosine:g}"


def _beside(name: str, values: Sequence[float], points: Sequence[Found]) -> list[Found]:
    return [{name: value, **point} for value, point in zip(values, points, strict=True)]


async def _point(plan: Plan, address: str, tuning: MatcherTuning, lot: Probes) -> Found:
    async with aimed(plan, address, plan.people[-1], tuning) as target:
        await asking.warm_up(target)
        return asking.figures(await ask(target, lot))
