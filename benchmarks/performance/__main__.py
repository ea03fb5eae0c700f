"""`make bench`: measure all layers, keep the figures, write PERFORMANCE.md and its pictures."""

import json
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks.measures import machine
from benchmarks.performance import capacity_figures, page, result
from benchmarks.performance.order import LAYERS
from benchmarks.performance.plan import Plan, planned
from config.serve_environment import FAST_MODE

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "PERFORMANCE.md"
PICTURES = ROOT / "docs" / "performance"
PEOPLE = (1_000, 10_000, 100_000)
QUICK_PEOPLE = (1_000, 10_000)
PACKAGES = ("ray", "fastapi", "uvicorn", "asyncpg", "pgvector")
console = Console(width=120)


def main(
    quick: Annotated[bool, typer.Option(help="Fewer points and galleries, in 3 minutes.")] = False,
    layers: Annotated[str, typer.Option(help="Some of the layers alone; printed, not kept.")] = "",
    render: Annotated[bool, typer.Option(help="Only write page and pictures again.")] = False,
) -> None:
    """Measure, and tell."""
    if render:
        write(result.last())
        return
    wanted = layers.split(",") if layers else [layer.name for layer in LAYERS]
    with planned(quick=quick, people=QUICK_PEOPLE if quick else PEOPLE) as plan:
        found = measured(plan, wanted)
    if layers:  # It would pass for a whole run, and replace that of the same day and commit.
        console.print_json(json.dumps(found))
        return
    path = result.keep(found)
    console.print(f"kept in {path}")
    if not quick:
        write(found)
        console.print(f"written: {PAGE}")


def measured(plan: Plan, wanted: list[str]) -> result.Result:
    """Run the layers one by one; returns the document of a result file."""
    provenance, began = machine.provenance(machine.describe()), monotonic()
    found: dict[str, Any] = {}
    for layer in LAYERS:
        if layer.name in wanted:
            console.print(f"{layer.name} …")
            found[layer.name] = layer.measure(plan)
    return provenance | {
        "form": result.FORM,
        "versions": provenance["versions"] | {name: version(name) for name in PACKAGES},
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "minutes": (monotonic() - began) / 60,
        **about(plan),
        "flags": FAST_MODE,
        "layers": found,
    }


def about(plan: Plan) -> result.Result:
    """Return what a run is measured with, as its result file says it."""
    photos = f"{len(plan.photos)} portraits" if len(plan.photos) > 1 else "one portrait"
    return {"quick": plan.quick, "pack": plan.at_hand.name, "photos": photos}


def write(found: result.Result) -> None:
    """Write the page of a run with its pictures, and what `facegraph capacity` reckons with."""
    capacity_figures.keep(found, result.galleries())
    PAGE.write_text(page.render(found))
    PICTURES.mkdir(parents=True, exist_ok=True)
    for layer in LAYERS:
        for name, figure in layer.pictures(found["layers"][layer.name]).items():
            figure.savefig(PICTURES / f"{name}.png", dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    typer.run(main)
