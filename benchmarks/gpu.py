"""`make bench-gpu`: the CUDA path against the CPU's answers, its speed, and its memory over time.

For every pack at hand: the same boxes and vectors as on the CPU, photos a second by batch, and the
card's memory while batches of odd sizes go by in thousands. Writes `benchmarks/results/gpu.json`,
which docs/models.md has a section for. Without a GPU that ONNX Runtime can use it says so in one
line and ends with status 2.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks.measures import findings, gpu_figures, machine
from benchmarks.measures.findings import Finding, at_least, at_most
from benchmarks.subjects.packs_at_hand import packs_at_hand
from benchmarks.subjects.photographs import PhotosMissing, as_phone, as_thumbnail, group, london
from deployments.vision.engines import DeviceUnavailable, require_place

RESULTS = Path(__file__).parent / "results" / "gpu.json"
console = Console()

_PEOPLE = 8
_GROWTH_MEGABYTES = 64


def main(
    batches: Annotated[int, typer.Option(help="Batches that memory is watched over.")] = 3000,
    result: Annotated[Path, typer.Option(help="Where the figures are kept.")] = RESULTS,
) -> None:
    """Measure every pack at hand on the first GPU."""
    try:
        require_place("cuda", "auto", gpu_granted=True)
        figures = _measure(batches)
    except DeviceUnavailable as unavailable:
        console.print(f"Nothing was measured: {unavailable}", soft_wrap=True)
        raise typer.Exit(2) from None
    told = [finding for name, one in figures.items() for finding in judged(name, one)]
    console.print(findings.table(told))
    _keep(result, figures)


def judged(pack: str, figures: dict[str, Any]) -> list[Finding]:
    """Hold a pack's figures against what a GPU must not change."""
    return [
        at_most(
            pack, "photos with other faces than the CPU's", 0, figures["photos with other faces"]
        ),
        at_least(pack, "lowest cosine to the CPU's vector", 0.999, figures["lowest cosine to CPU"]),
        at_most(pack, "boxes differ by, px", 1.0, figures["boxes differ by, px"]),
        at_most(pack, "memory grown, MB", _GROWTH_MEGABYTES, figures["memory"]["grown"]),
    ]


def _measure(batches: int) -> dict[str, Any]:
    photos = _photos()
    with TemporaryDirectory(prefix="fg-") as folder:
        return {
            one.name: gpu_figures.measure(one.pack, photos, batches)
            for one in packs_at_hand(Path(folder))
        }


def _photos() -> list[bytes]:
    """Return photos of several sizes; without the portraits, those of the group alone."""
    try:
        portraits = [path.read_bytes() for path in london(_PEOPLE)]
    except PhotosMissing:
        portraits = [group()]
    return [group(), *portraits, as_phone(portraits[0]), as_thumbnail(portraits[0], 200)]


def _keep(path: Path, figures: dict[str, Any]) -> None:
    card = gpu_figures.ask_nvidia("--query-gpu=name,driver_version", "--format=csv,noheader")
    document = machine.provenance(machine.describe()) | {"gpu": card, "packs": figures}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n")
    console.print(f"kept in {path}; `make bench-models` brings it into docs/models.md")


if __name__ == "__main__":
    typer.run(main)
