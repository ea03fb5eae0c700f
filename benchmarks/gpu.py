"""`make bench-gpu`: the CUDA path against the CPU's answers, its speed, and its memory over time.

For every pack at hand: the canary, and the same boxes and vectors as on the CPU; photos a second
and the stages of a photo, by batch, on both; the card's memory within small bounds, and while
batches of odd sizes go by; what is told where no GPU answers. Writes
`benchmarks/results/gpu.json` (or --result), which docs/models.md has a section for. Without a GPU
that ONNX Runtime can use it says so in one line and ends with status 2. The same without make:
`python -m benchmarks.gpu`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks.measures import card, findings, gpu_figures, machine
from benchmarks.measures.findings import Finding, at_least, at_most
from benchmarks.measures.gpu_figures import Photographs
from benchmarks.subjects.packs_at_hand import packs_at_hand
from benchmarks.subjects.photographs import (
    PhotosMissing,
    as_phone,
    as_thumbnail,
    crowd,
    group,
    london,
)
from deployments.vision.engines import DeviceUnavailable, require_place

RESULTS = Path(__file__).parent / "results" / "gpu.json"
console = Console()

_PEOPLE = 8
_GROWTH_MEBIBYTES = 64


def main(
    batches: Annotated[int, typer.Option(help="Batches that memory is watched over.")] = 3000,
    result: Annotated[Path, typer.Option(help="Where the figures are kept.")] = RESULTS,
) -> None:
    """Measure every pack at hand on the first GPU."""
    figures: dict[str, Any] = {}
    try:
        require_place("cuda", "auto", gpu_granted=True)
        for name, one in _measured(batches):
            figures[name] = one
            _keep(result, figures)  # What comes after it may take longer than anybody waits.
    except DeviceUnavailable as unavailable:
        console.print(f"Nothing was measured: {unavailable}", soft_wrap=True)
        raise typer.Exit(2) from None
    told = [finding for name, one in figures.items() for finding in judged(name, one)]
    console.print(findings.table(told))
    console.print(f"kept in {result}; `make bench-models` brings it into docs/models.md")


def judged(pack: str, figures: dict[str, Any]) -> list[Finding]:
    """Hold a pack's figures against what a GPU must not change."""
    return [
        at_most(pack, "canaries failed", 0, figures["start"]["canary"] != "passed"),
        *_alike(pack, "", figures),
        at_most(pack, "memory grown, MiB", _GROWTH_MEBIBYTES, figures["memory"]["grown"]),
        *(
            finding
            for bound, held in figures["bounds"].items()
            for finding in _bounded(pack, int(bound), held)
        ),
    ]


def _alike(pack: str, where: str, figures: dict[str, Any]) -> list[Finding]:
    return [
        at_most(
            pack,
            f"photos with other faces than the CPU's{where}",
            0,
            figures["photos with other faces"],
        ),
        at_least(
            pack,
            f"lowest cosine to the CPU's vector{where}",
            0.999,
            figures["lowest cosine to CPU"],
        ),
        at_most(pack, f"boxes differ by, px{where}", 1.0, figures["boxes differ by, px"]),
    ]


def _bounded(pack: str, bound: int, figures: dict[str, Any]) -> list[Finding]:
    """Two networks hold no more than their bounds, and answer the same within them."""
    where = f", {bound} MiB a network"
    held = at_most(pack, f"MiB held{where}", 2 * bound, figures["held"])
    return [held, *_alike(pack, where, figures)]


def _measured(batches: int) -> Iterator[tuple[str, dict[str, Any]]]:
    photographs = _photographs()
    with TemporaryDirectory(prefix="fg-") as folder:
        for one in packs_at_hand(Path(folder)):
            yield one.name, gpu_figures.measure_apart(one.pack, photographs, batches)


def _photographs() -> Photographs:
    """Return photos of several sizes, a crowd among them; without portraits the group alone."""
    try:
        everybody = london()
        portraits = [path.read_bytes() for path in london(_PEOPLE)]
        more = [crowd(everybody), *portraits]
    except PhotosMissing:
        portraits = more = [group()]
    sizes = [as_phone(portraits[0]), as_thumbnail(portraits[0], 200)]
    return Photographs([group(), *more, *sizes], portraits, group())


def _keep(path: Path, figures: dict[str, Any]) -> None:
    about = {"gpu": card.description(), "packs": figures}
    document = machine.provenance(machine.describe()) | about
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    typer.run(main)
