"""One size of gallery, filled and searched: by the service both ways, and by rivals in turn."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks import gallery as strangers
from benchmarks.performance.database import asking, disk, probes, scans
from benchmarks.performance.database.asking import Answers, ask
from benchmarks.performance.database.probes import Floats, Probes
from benchmarks.performance.database.scans import Scan
from benchmarks.performance.database.target import Target, aimed, ways
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
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(scans.without_index(address))
        targets = {
            way: await stack.enter_async_context(aimed(plan, address, people, tuning))
            for way, tuning in ways(people).items()
        }
        held = await disk.sizes(connection, collection_of(people))
        searched = await _search(targets, Scanning(connection, people, amounts.scans), lots)
    return {"people": people, "filled": asdict(filling), "bytes": held, **searched}


@dataclass(frozen=True, slots=True)
class Scanning:
    """What rivals scan, on which connection, and how often in a round."""

    connection: Connection
    people: int
    count: int

    @property
    def rivals(self) -> Mapping[str, Scan]:
        """Those that are worth their time in a gallery of that size."""
        return scans.RIVALS if self.people <= NAIVE_UP_TO else {scans.EXACT: scans.in_sql}

    async def by(self, rival: str, lot: Probes) -> Floats:
        """Return the seconds of each of a rival's scans."""
        scan, collection = self.rivals[rival], collection_of(self.people)
        return await scans.timed(scan, self.connection, collection, lot[: self.count])


async def _search(
    targets: Mapping[str, Target], scanning: Scanning, lots: Mapping[str, Probes]
) -> Found:
    """Search each way alone and in turn with the rivals, twice, and then by many callers."""
    for target in targets.values():
        await asking.warm_up(target, callers=CALLERS)
    rounds = [await _round(targets, scanning, lots[name]) for name in ROUNDS]
    many = {way: await ask(target, lots[MANY], callers=CALLERS) for way, target in targets.items()}
    taken = {name: [one.scans[name] for one in rounds] for name in scanning.rivals}
    return {
        "search": {way: asking.figures(*(one.ours[way] for one in rounds)) for way in targets},
        "many callers": {way: _by_many(answers) for way, answers in many.items()},
        "scans": {name: asking.percentiles(np.concatenate(each)) for name, each in taken.items()},
        "rounds, p50 ms": [_medians(one) for one in rounds],
    }


def _by_many(answers: Answers) -> Found:
    return asking.figures(answers) | {"a second": len(answers.probes) / answers.seconds}


def _lots(amounts: Amounts) -> dict[str, Floats]:
    return {name: probes.alternating(amounts.probes, COSINE) for name in (*ROUNDS, MANY)}


@dataclass(frozen=True, slots=True)
class _Round:
    """One of the identical rounds: answers by way, and the seconds of each rival's scans."""

    ours: dict[str, Answers]
    scans: dict[str, Floats]


async def _round(targets: Mapping[str, Target], scanning: Scanning, lot: Probes) -> _Round:
    ours = {way: await ask(target, lot) for way, target in targets.items()}
    return _Round(ours, {rival: await scanning.by(rival, lot) for rival in scanning.rivals})


def _medians(one: _Round) -> dict[str, float]:
    """Return those of strangers: they all take one path, and a median says nothing of two."""
    of_strangers = {way: each.latencies[~each.probes.mated] for way, each in one.ours.items()}
    return {
        name: 1000 * float(np.median(seconds))
        for name, seconds in {**of_strangers, **one.scans}.items()
    }
