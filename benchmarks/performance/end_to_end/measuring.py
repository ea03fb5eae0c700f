"""The run: each contender alone, one after the other, and most of them again, to and fro."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks import bare_loop, open_loop
from benchmarks.load.configuration import SHIPPED
from benchmarks.performance.end_to_end.contenders import (
    OURS,
    Ground,
    ef_search,
    first_generation,
    opening,
    prepared,
)
from benchmarks.performance.end_to_end.load import Load
from benchmarks.performance.end_to_end.questions import Questions, enrol, portraits
from benchmarks.performance.end_to_end.schedule import COMPARED, SHORTER, Schedule, schedule
from benchmarks.performance.plan import Plan
from benchmarks.rivals.hosting import Tuning, worth_trying
from cli.cluster import cpus_of_the_machine
from db.embedded import embedded_server

Found = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """What is the same at every visit."""

    ground: Ground
    schedule: Schedule
    questions: Questions
    tuning: Tuning

    @property
    def plan(self) -> Plan:
        """The plan of the whole run."""
        return self.ground.plan


def measure(plan: Plan) -> Found:
    """Measure all contenders; a wrong answer or a refusal ends the run (WrongAnswer)."""
    chosen = schedule(quick=plan.quick)
    # Held for as long as the run lasts: every contender finds the same warm server.
    with embedded_server(plan.data_dir) as address:
        ground = asyncio.run(prepared(plan, address))
        before = bare(plan, chosen)
        run, ours = _begin(ground, chosen)
        tried = tune(run) if chosen.tunes else {}
        run = Run(ground, chosen, run.questions, fastest(tried))
        others = {name: _visit(run, name) for name in chosen.clients if name != OURS}
        again = _again(run)
    return _about(run) | {
        "tried": {tuning.name: rate for tuning, rate in tried.items()},
        "bare": [before, bare(plan, chosen)],
        "first": {OURS: ours} | others,
        "again": again,
    }


def bare(plan: Plan, chosen: Schedule) -> Found:
    """Measure the pipeline alone: one process by itself, and one a core."""
    photos, pack = portraits(plan.photos, chosen.people).asked, plan.at_hand.pack
    seconds = SHORTER * plan.seconds
    return {
        "one process": asdict(bare_loop.run(photos, pack, processes=1, seconds=seconds)),
        "one a core": asdict(
            bare_loop.run(photos, pack, processes=cpus_of_the_machine(), seconds=seconds)
        ),
    }


def tune(run: Run) -> dict[Tuning, float]:
    """Return the answers a second of the rival at each of the settings that are worth trying."""
    tried = {}
    for tuning in worth_trying(cpus_of_the_machine()):
        with first_generation(run.ground, tuning) as contender:
            load = Load.on(contender, run.questions, SHORTER * run.plan.seconds)
            load.warm_up()
            tried[tuning] = float(load.closed([COMPARED])[str(COMPARED)]["a second"])
    return tried


def fastest(tried: Mapping[Tuning, float]) -> Tuning:
    """Return the setting that answered most; the first worth trying where none was tried."""
    if not tried:
        return worth_trying(cpus_of_the_machine())[0]
    return max(tried, key=lambda tuning: tried[tuning])


def _begin(ground: Ground, chosen: Schedule) -> tuple[Run, Found]:
    """Measure ours first: it is what people are enrolled through, for all that come after."""
    tuning = fastest({})
    with opening(ground, OURS, tuning) as contender:
        assert contender.service is not None  # noqa: S101 - ours is one
        questions = enrol(contender.service, ground.plan, chosen.people)
        run = Run(ground, chosen, questions, tuning)
        return run, _measured(run, OURS, Load.on(contender, questions, ground.plan.seconds))


def _visit(run: Run, name: str) -> Found:
    with opening(run.ground, name, run.tuning) as contender:
        return _measured(run, name, Load.on(contender, run.questions, run.plan.seconds))


def _again(run: Run) -> dict[str, list[Found]]:
    """Return the compared point of the later rounds, by contender."""
    points: defaultdict[str, list[Found]] = defaultdict(list)
    for name in run.schedule.again:
        points[name].append(_visit_again(run, name))
    return dict(points)


def _visit_again(run: Run, name: str) -> Found:
    with opening(run.ground, name, run.tuning) as contender:
        load = Load.on(contender, run.questions, run.plan.seconds)
        load.warm_up()
        return load.closed([COMPARED])[str(COMPARED)]


def _measured(run: Run, name: str, load: Load) -> Found:
    load.warm_up()
    closed = load.closed(run.schedule.clients[name])
    most = max(point["a second"] for point in closed.values())
    opened = load.opened(run.schedule.shares.get(name, ()), most)
    return {"closed": closed, "open": opened, "memory, MB": load.contender.memory()}


def _about(run: Run) -> Found:
    plan = run.plan
    return {
        "quick": plan.quick,
        "left out": list(run.schedule.left_out),
        "pack": plan.at_hand.name,
        "dimension": plan.at_hand.pack.dimension,
        "people": plan.people[-1],
        "photos": len(run.questions.photos),
        "mated": run.questions.mated,
        "cores": cpus_of_the_machine(),
        "seconds": plan.seconds,
        "ef_search": ef_search(SHIPPED.read_text()),
        "threshold": plan.at_hand.pack.identify_threshold,
        "connections": open_loop.CONNECTIONS,
        "tuned": run.tuning.name,
    }
