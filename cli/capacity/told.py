"""A plan as a table for people, and as JSON for programs."""

from collections.abc import Sequence
from typing import Any

from rich.console import Group
from rich.table import Column, Table
from rich.text import Text

from cli.capacity.figures import Figures
from cli.capacity.known import Basis
from cli.capacity.packs import WORK
from cli.capacity.plan import Line, Plan

_OTHERS = (
    "Half of the searches are reckoned to be of people in the gallery, as they were measured.",
    "Strangers cost more where they are compared with everybody. A person is one face here.",
    "The disk holds the index twice while it is built anew.",
    "GPUs are not reckoned with: no bench of the service has measured one.",
)
_COLOURS = {Basis.measured: "green", Basis.fitted: "cyan", Basis.extrapolated: "yellow"}


def as_table(plan: Plan, figures: Figures) -> Group:
    """Return the plan for a terminal."""
    table = Table(
        Column("what it takes"),
        Column("", justify="right", no_wrap=True),
        Column("", no_wrap=True),
        Column("rests on", no_wrap=True),
        Column("layers"),
        box=None,
        pad_edge=False,
        header_style="bold cyan",
    )
    for line in plan.lines():
        basis = Text(line.known.basis.name, _COLOURS[line.known.basis])
        layers = ", ".join(line.layers)
        table.add_row(line.what, number(line.known.value), line.unit, basis, layers)
    told = [Text(f"• {note}") for note in notes(plan, figures)]
    return Group(_asked(plan), Text(), table, Text(), *told)


def as_json(plan: Plan, figures: Figures) -> dict[str, Any]:
    """Return the plan for JSON."""
    load = plan.load
    asked = {name: getattr(load, name) for name in load.__slots__}
    return {
        "asked": asked,
        "lines": [_told(line) for line in plan.lines()],
        "notes": notes(plan, figures),
        "source": figures.source,
        "machine": figures.machine,
    }


def _told(line: Line) -> dict[str, Any]:
    return {
        "what": line.what,
        "value": line.known.value,
        "unit": line.unit,
        "basis": line.known.basis.name,
        "layers": list(line.layers),
    }


def number(value: float) -> str:
    """Write three digits, thousands with a comma, and whole numbers whole."""
    if value >= 100 or value == int(value):  # noqa: PLR2004 - from here on three stand before the point
        return f"{value:,.0f}"
    return f"{value:.3g}"


def notes(plan: Plan, figures: Figures) -> Sequence[str]:
    """Return what a reader has to know besides, a sentence or two each."""
    return [
        *_where(figures),
        *_cores(plan, figures),
        *_database(plan),
        _search(plan, figures),
        *_searched(plan, figures),
        *_OTHERS,
    ]


def _asked(plan: Plan) -> Text:
    load = plan.load
    return Text(
        f"{load.rps:g} identifications a second of photos of {load.photo_px} px with {load.pack}, "
        f"{number(load.gallery)} people, machines of {load.cores_per_machine} cores of which "
        f"{load.headroom:.0%} are used"
    )


def _where(figures: Figures) -> Sequence[str]:
    told = f"Measured on {figures.machine}; figures from {figures.source}, PERFORMANCE.md."
    off = f"{100 * figures.inference.checked_within:.0f} %"
    return [
        f"{told} Another processor is another machine: `make bench` measures it.",
        f"Of photos a second the model was off by {off} at most where it was checked.",
    ]


def _cores(plan: Plan, figures: Figures) -> Sequence[str]:
    scaling, most = figures.inference.scaling, plan.load.cores_per_machine
    if most <= scaling.cores:
        return []
    told = f"Nothing was measured beyond {scaling.cores} cores: that they slow each other no more"
    worst = f"If each further one did, it would be {plan.pessimistic_replicas:,} embedders."
    return [f"{told} than so many do is an assumption. {worst}"]


def _database(plan: Plan) -> Sequence[str]:
    if plan.shared:
        return ["One machine has the cores for all of it, PostgreSQL included."]
    if plan.database_fits:
        return ["PostgreSQL has a machine of its own besides."]
    needed = number(plan.database_cores.value)
    return [f"PostgreSQL needs {needed} cores in one machine: it is not spread over several."]


def _searched(plan: Plan, figures: Figures) -> Sequence[str]:
    dimension = figures.gallery.dimension
    if WORK[plan.load.pack].dimension >= dimension:
        return []
    told = f"Searches were measured with vectors of {dimension} dimensions. This pack's are shorter"
    return [f"{told}: whoever is compared with everybody is so without signs, which takes longer."]


def _search(plan: Plan, figures: Figures) -> str:
    limit = f"{figures.gallery.compare_all_up_to:,} faces (compare_all_up_to)"
    if plan.looks_at_everybody:
        return (
            f"Up to {limit} whoever the index leaves in doubt is compared with everybody: searches "
            "grow with the gallery, and the vectors and signs that they read stay in memory."
        )
    recall = figures.gallery.recall
    return (
        f"Beyond {limit} what the index says stands, and it misses people: among "
        f"{recall.people:,} it put {recall.index:.3f} of the mates at cosine {recall.cosine:g} "
        f"first, and with the look at everybody it was {recall.shipped:.3f} of them. How recall "
        "goes with the gallery and with ef_search is in PERFORMANCE.md."
    )
