"""`make bench-embedder`: our pipeline against stock's, same photos, same pack, on one core.

Stock is what people have without us (benchmarks/stock.py). Every photo goes through all rivals
before the next one comes. Prints each target with what was measured and writes
`benchmarks/results/embedder.json`; a missed target is told, and ends the run with status 1 only
with --strict.
"""

import json
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import cv2
import typer
from rich.console import Console

from benchmarks.measures import contest, findings, machine
from benchmarks.subjects.packs_at_hand import packs_at_hand
from benchmarks.subjects.photographs import PhotosMissing, london

RESULTS = Path(__file__).parent / "results" / "embedder.json"
console = Console(width=150)


def main(
    people: Annotated[int, typer.Option(help="How many people's portraits to use.")] = 102,
    strict: Annotated[bool, typer.Option(help="End with status 1 if a target is missed.")] = False,
    result: Annotated[Path, typer.Option(help="Where the figures are kept.")] = RESULTS,
) -> None:
    """Measure every pack at hand against its stock rival."""
    try:
        portraits = london(people)
    except PhotosMissing as missing:
        console.print(str(missing))
        raise typer.Exit(2) from None
    described = machine.describe()
    console.print(f"{described.name}: {described.gflops_per_core:.1f} GFLOPS a core")
    held = _measure(described, portraits)
    told = [finding for one in held.values() for finding in one.findings]
    console.print(findings.table(told))
    _keep(result, described, held)
    if strict and not all(finding.met for finding in told):
        raise typer.Exit(1)


def _measure(described: machine.Machine, portraits: Sequence[Path]) -> dict[str, contest.Contest]:
    # insightface's own alignment calls what scikit-image will rename; that is stock's affair.
    warnings.filterwarnings("ignore", category=FutureWarning, module="insightface")
    cv2.setNumThreads(1)
    with TemporaryDirectory(prefix="fg-") as folder:
        return {
            one.name: contest.hold(one, described, portraits) for one in packs_at_hand(Path(folder))
        }


def _keep(path: Path, described: machine.Machine, held: dict[str, contest.Contest]) -> None:
    told = [finding for one in held.values() for finding in one.findings]
    document = machine.provenance(described) | {
        "photos": "London portraits, 512 px; the same upscaled to 3000 px, JPEG quality 90",
        "targets": [asdict(finding) | {"met": finding.met} for finding in told],
        "packs": {name: one.figures for name, one in held.items()},
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n")
    console.print(f"kept in {path}")


if __name__ == "__main__":
    typer.run(main)
