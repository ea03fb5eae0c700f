"""`make bench-models`: speed, memory and accuracy of every pack at hand, as docs/models.md.

Figures are kept in `benchmarks/results/models.json`, a row for every pack and machine; a run
replaces the rows of its own machine and leaves those of others. The page and its pictures are
made from that file, and from what `make bench-embedder` and `make bench-gpu` left.
"""

import json
import logging
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import cv2
import typer
from rich.console import Console

from benchmarks.measures import machine, pack_figures
from benchmarks.report import page, pictures
from benchmarks.subjects.packs_at_hand import packs_at_hand
from benchmarks.subjects.photographs import PhotosMissing, london
from deployments.vision.catalogue import DEFAULT

RESULTS = Path(__file__).parent / "results"
DOCS = Path(__file__).parents[1] / "docs"
_QUICK_PEOPLE = 24
console = Console()

Row = dict[str, Any]


def main(
    quick: Annotated[bool, typer.Option(help="A quarter of the people, for a look.")] = False,
    render: Annotated[bool, typer.Option(help="Only write the page again.")] = False,
    results: Annotated[Path, typer.Option(help="Folder of the result files.")] = RESULTS,
    docs: Annotated[Path, typer.Option(help="Folder of models.md.")] = DOCS,
) -> None:
    """Measure every pack at hand, keep the figures, and write the page."""
    kept = results / "models.json"
    if not render:
        _keep(kept, merged(_rows(kept), _measure(_QUICK_PEOPLE if quick else None)))
    pictures.draw(_rows(kept), docs / "models")
    (docs / "models.md").write_text(page.render(results))
    console.print(f"{kept} and {docs / 'models.md'} are written")


def merged(old: list[Row], new: list[Row]) -> list[Row]:
    """Return the rows, new ones in the place of old ones of the same pack and machine.

    The default pack comes first.
    """
    rows = {_key(row): row for row in [*old, *new]}
    return [rows[key] for key in sorted(rows)]


def _key(row: Row) -> tuple[bool, str, str]:
    return row["pack"] != DEFAULT, row["pack"], machine.Machine(**row["machine"]).name


def _measure(people: int | None) -> list[Row]:
    cv2.setNumThreads(1)
    # The quantiser tells at length what it would rather have been given.
    logging.disable(logging.WARNING)
    try:
        portraits = london(people)
    except PhotosMissing as missing:
        console.print(str(missing))
        raise typer.Exit(2) from None
    described = machine.describe()
    provenance = machine.provenance(described) | {"portraits": len(portraits)}
    with TemporaryDirectory(prefix="fg-") as folder:
        return [
            {"pack": one.name, **provenance}
            | {"figures": pack_figures.measure(one, described, portraits, console.print)}
            for one in packs_at_hand(Path(folder))
        ]


def _rows(path: Path) -> list[Row]:
    rows: list[Row] = json.loads(path.read_text()) if path.exists() else []
    return rows


def _keep(path: Path, rows: list[Row]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    typer.run(main)
