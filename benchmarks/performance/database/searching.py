"""One size of gallery, filled and searched: by the service, and by rivals in turn with it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks import gallery as strangers
from benchmarks.performance.database import asking, disk, probes, scans
from benchmarks.performance.database.asking import Answers, ask
from benchmarks.performance.database.probes import Floats, Probes
from benchmarks.performance.database.scans import Scan
from benchmarks.performance.database.target import Target, aimed, shipped_tuning
from benchmarks.performance.plan import Plan, collection_of
from db.pool import Connection

COSINE = 0.7  # Of a probe to its mate, as genuine pairs of everyday photos have.
CALLERS = 8
NAIVE_UP_TO = 10_000
ROUNDS = ("first round", "second round")
MANY = "many callers"

Found = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Amounts:
    """How often each thing is done: probes and scans of each rival are of one round."""

    probes: int
    scans: int
    enrolments: int


FULL = Amounts(probes=400, scans=25, enrolments=200)
QUICK = Amounts(probes=150, scans=15, enrolments=60)


async def measure(plan: Plan, address: str, amounts: Amounts, people: int) -> Found:
    """Fill a gallery and search it; returns what that took, the disk's share included."""
    filling = await strangers.fill(address, collection_of(people), people, plan.binding)
    lots = probes.draw(people, plan.binding.dimension, _lots(amounts))
    async with (
        aimed(plan, address, people, shipped_tuning()) as target,
        scans.without_index(address) as connection,
    ):
        held = await disk.sizes(connection, target.collection)
        searched = await _search(target, connection, _rivals(people), lots, amounts.scans)
    return {"people": people, "filled": asdict(filling), "bytes": held, **searched}


async def _search(
    target: Target,
    connection: Connection,
    rivals: Mapping[str, Scan],
    lots: Mapping[str, Probes],
    count: int,
) -> Found:
    """Search alone and in turn with the rivals, twice, and then by many callers."""
    await asking.warm_up(target, callers=CALLERS)
    rounds = [await _round(target, connection, rivals, lots[name], count) for name in ROUNDS]
    many = await ask(target, lots[MANY], callers=CALLERS)
    taken = {name: np.concatenate([one.scans[name] for one in rounds]) for name in rivals}
    return {
        "search": asking.figures(*(one.ours for one in rounds)),
        "many callers": asking.figures(many) | {"a second": len(many.probes) / many.seconds},
        "scans": {name: asking.percentiles(seconds) for name, seconds in taken.items()},
        "rounds, p50 ms": [_medians(one) for one in rounds],
    }


def _rivals(people: int) -> Mapping[str, Scan]:
    return scans.RIVALS if people <= NAIVE_UP_TO else {scans.EXACT: scans.in_sql}


def _lots(amounts: Amounts) -> dict[str, Floats]:
    return {name: probes.alternating(amounts.probes, COSINE) for name in (*ROUNDS, MANY)}


@dataclass(frozen=True, slots=True)
class _Round:
    """One of the identical rounds: the service's answers, and the seconds of each rival's scans."""

    ours: Answers
    scans: dict[str, Floats]


async def _round(
    target: Target, connection: Connection, rivals: Mapping[str, Scan], lot: Probes, count: int
) -> _Round:
    ours = await ask(target, lot)
    taken = {
        name: await scans.timed(scan, connection, target.collection, lot[:count])
        for name, scan in rivals.items()
    }
    return _Round(ours, taken)


def _medians(one: _Round) -> dict[str, float]:
    return {
        name: 1000 * float(np.median(seconds))
        for name, seconds in {"ours": one.ours.latencies, **one.scans}.items()
    }
