"""`make bench-gallery`: the database layer on one large gallery, kept as a result file of its own.

python -m benchmarks.performance.database --people 1000000
"""

import json
from time import monotonic
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.measures import machine
from benchmarks.performance.database.measuring import measure
from benchmarks.performance.plan import planned
from benchmarks.performance.result import FORM, RESULTS

console = Console(width=120)


def main(
    people: Annotated[int, typer.Option(help="How many are in the gallery.")] = 1_000_000,
) -> None:
    """Fill it, measure, and keep what was found."""
    about, began = machine.provenance(machine.describe()), monotonic()
    with planned(quick=False, people=(people,)) as plan:
        found = measure(plan)
    document = about | {
        "form": FORM,
        "people": people,
        "minutes": (monotonic() - began) / 60,
        "layers": {"database": found},
    }
    path = RESULTS / f"gallery-{people}.json"
    path.write_text(json.dumps(document, indent=1) + "\n")
    console.print_json(json.dumps(found))
    console.print(f"kept in {path}")


if __name__ == "__main__":
    typer.run(main)
