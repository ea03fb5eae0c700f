"""The database layer, measured: galleries are filled and searched, then all of them written to."""

import asyncio
from dataclasses import asdict
from typing import Any

from benchmarks.performance.database import curves, searching, writes
from benchmarks.performance.database.searching import FULL, QUICK, Amounts
from benchmarks.performance.database.target import aimed, shipped_tuning
from benchmarks.performance.plan import Plan, collection_of
from db.embedded import embedded_server
from db.migrate import migrate
from db.nearest import READ_WHOLE_UP_TO
from db.search import CLEARLY_OVER

Found = dict[str, Any]


def measure(plan: Plan) -> Found:
    """Measure every size of the plan; the galleries stay, as full as they were filled."""
    with embedded_server(plan.data_dir) as address:
        return asyncio.run(_measure(plan, address))


async def _measure(plan: Plan, address: str) -> Found:
    await migrate(address)
    amounts = QUICK if plan.quick else FULL
    searched = [await searching.measure(plan, address, amounts, size) for size in plan.people]
    by_setting = await curves.measure(plan, address, amounts)
    # Last, for an erased vector stays in the index until autovacuum passes.
    written = [await _written(plan, address, amounts, size) for size in plan.people]
    sizes = [one | other for one, other in zip(searched, written, strict=True)]
    return {**_conditions(plan, amounts), "sizes": sizes, **by_setting}


def _conditions(plan: Plan, amounts: Amounts) -> Found:
    return {
        "pack": plan.at_hand.name,
        "dimension": plan.binding.dimension,
        "cosine": searching.COSINE,
        "callers": searching.CALLERS,
        "read whole up to": READ_WHOLE_UP_TO,
        "tuning": shipped_tuning().model_dump(
            include={"ef_search", "pool_size", "compare_all_up_to"}
        ),
        "clearly over": CLEARLY_OVER,
        "amounts": asdict(amounts),
    }


async def _written(plan: Plan, address: str, amounts: Amounts, people: int) -> Found:
    async with aimed(plan, address, people, shipped_tuning()) as target:
        return await writes.measure(
            target.gallery, collection_of(people), plan.binding, people=amounts.enrolments
        )
