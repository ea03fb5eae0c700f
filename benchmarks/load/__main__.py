"""`make load`: ramp, spike, soak and mixed traffic on a service of its own, and its bounds.

The service has one core and whoever asks it another. Figures go to benchmarks/results/load, a
phase at a time, so that phases may be run one by one; docs/load.md and its picture are made of
them. Ends with status 1 if a bound is missed, with 2 where there are not two cores.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks import gallery
from benchmarks.load import configuration, cores, figures, judgement, page, picture
from benchmarks.load.shaped import COLLECTION, Bench
from benchmarks.measures import findings, machine
from benchmarks.service import Service, service
from db.embedded import embedded_server
from deployments.messages.gallery import ModelBinding
from deployments.vision.catalogue import DEFAULT
from deployments.vision.preparation import load

RESULTS = Path(__file__).parents[1] / "results" / "load"
PAGE = Path(__file__).parents[2] / "docs" / "load.md"
PHASES = "ramp,levels,spike,soak,mixed"
console = Console(width=120)

Document = dict[str, Any]


def main(
    phases: Annotated[str, typer.Option(help=f"Some of {PHASES}, or short.")] = PHASES,
    soak_minutes: Annotated[float, typer.Option(help="How long the soak lasts.")] = 20.0,
    mixed_minutes: Annotated[float, typer.Option(help="How long the six come and go.")] = 2.0,
    capacity_seconds: Annotated[
        float, typer.Option(help="How long capacity is measured, each time.")
    ] = 10.0,
    people: Annotated[int, typer.Option(help="How many the gallery holds.")] = 100_000,
    data_dir: Annotated[Path | None, typer.Option(help="Kept, gallery and all.")] = None,
    results: Annotated[Path, typer.Option(help="Folder of the result files.")] = RESULTS,
    render: Annotated[bool, typer.Option(help="Only write page and picture again.")] = False,
) -> None:
    """Measure, print each bound with what was found, and keep the figures."""
    # As by Ctrl-C: whoever ends this ends the service it started.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    results.mkdir(parents=True, exist_ok=True)
    kept = results / "load.json"
    document = json.loads(kept.read_text()) if kept.exists() else {}
    if render:
        _show(document, results)
        return
    with _bench(data_dir, people, capacity_seconds, results, soak_minutes) as bench:
        provenance = machine.provenance(machine.describe()) | {"people": people}
        measured = {}
        for name in phases.split(","):
            measured[name] = _plain(provenance | _phase(bench, name, mixed_minutes))
            kept.write_text(json.dumps(document | measured, indent=1) + "\n")
    _show(document | measured, results)
    told = judgement.judged(measured)
    console.print(findings.table(told))
    if not all(finding.met for finding in told):
        raise typer.Exit(1)


def _phase(bench: Bench, name: str, mixed_minutes: float) -> Document:
    console.print(f"{name} …")
    if name == "mixed":
        return figures.mixed(bench, mixed_minutes)
    return figures.soak(bench) if name == "soak" else figures.overload(bench, name)


@contextmanager
def _bench(
    data_dir: Path | None, people: int, capacity_seconds: float, results: Path, soak_minutes: float
) -> Iterator[Bench]:
    try:
        divided = cores.divide()
    except cores.TooFewCores as few:
        console.print(str(few))
        raise typer.Exit(2) from None
    os.sched_setaffinity(0, {divided.generator})
    with TemporaryDirectory(prefix="fg-") as folder:
        place = data_dir or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        text = configuration.under_load(configuration.SHIPPED.read_text())
        with service(place, text, core=divided.service) as running:
            _fill(running, people)
            yield Bench(running, divided, results, soak_minutes, capacity_seconds)


def _fill(running: Service, people: int) -> None:
    model = load(DEFAULT, running.data_dir).model
    binding = ModelBinding(model.pack, model.digest, model.dimension, model.pipeline)
    with embedded_server(running.data_dir) as address:
        asyncio.run(gallery.fill(address, COLLECTION, people, binding))


def _show(document: Document, results: Path) -> None:
    """Write the picture, and the page where these are the results that it is of."""
    if "ramp" in document:
        picture.draw(document, results / "load.png")
    if results == RESULTS:
        PAGE.write_text(page.render(document))


def _plain(value: Any) -> Any:
    """Return what JSON can hold of it: an infinity is no number there."""
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return None if value == float("inf") else value


if __name__ == "__main__":
    typer.run(main)
