"""`facegraph models`: which packs there are, and whether what lies on disk is what it claims."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from config.settings import settings
from deployments.vision.catalogue import DEFAULT, KNOWN
from deployments.vision.packs import MANIFEST, Pack, PackError, Role, folder_of
from deployments.vision.preparation import adopt as adopt_pack
from deployments.vision.preparation import load
from deployments.vision.preparation import prepare as prepare_pack

app = typer.Typer(help="List, prepare, verify and adopt model packs.", no_args_is_help=True)

Weights = Annotated[Path, typer.Option(exists=True, dir_okay=False, help="An ONNX file.")]
PackName = Annotated[str, typer.Argument(help="Name of a pack, or the folder of one.")]


@app.command("list")
def list_packs() -> None:
    """List the packs known by name and those in the data directory."""
    data_dir = settings().data_dir
    table = Table("pack", "vector", "licence", "commercial use", "state")
    for name in sorted(KNOWN.keys() | _present(data_dir)):
        table.add_row(*_row(name, data_dir))
    Console().print(table)


@app.command()
def prepare(name: PackName = DEFAULT) -> None:
    """Make a pack ready to load; does nothing where it is."""
    with _reported():
        pack = prepare_pack(name, settings().data_dir)
        Console().print(f"{pack.name} is ready in {pack.folder}", soft_wrap=True)


@app.command()
def verify(name: PackName = DEFAULT) -> None:
    """Check every file of a pack against its recorded digest."""
    with _reported():
        pack = load(name, settings().data_dir)
        for file in pack.files:
            Console().print(f"{file.role}  {file.name}  sha256:{file.sha256}", soft_wrap=True)
        Console().print(f"{pack.name} is intact  {pack.digest}", soft_wrap=True)


@app.command()
def adopt(
    name: Annotated[str, typer.Argument(help="What to call the pack.")],
    detector: Weights,
    recogniser: Weights,
    like: Annotated[str, typer.Option(help="The known pack whose networks these are like.")],
) -> None:
    """Describe weights of your own as a pack; the files stay where they are."""
    with _reported():
        _refuse(name, like)
        folder = folder_of(name, settings().data_dir)
        weights: dict[Role, Path] = {"detector": detector, "recogniser": recogniser}
        adopt_pack(replace(KNOWN[like], name=name), folder, weights)
        Console().print(f"{name} is described in {folder}", soft_wrap=True)
        Console().print(f"In serve_config.yaml put `pack: {name}`", soft_wrap=True)


def _refuse(name: str, like: str) -> None:
    if name in {"", *KNOWN} or name.startswith(".") or Path(name).name != name:
        raise PackError(f"A pack of your own cannot be called {name!r}.")
    if like not in KNOWN:
        raise PackError(f"There is no known pack {like!r}; there are {', '.join(sorted(KNOWN))}.")


def _present(data_dir: Path) -> set[str]:
    return {manifest.parent.name for manifest in data_dir.glob(f"models/[!.]*/{MANIFEST}")}


def _row(name: str, data_dir: Path) -> tuple[str, str, str, str, str]:
    try:
        pack, state = load(name, data_dir), "ready"
    except PackError as error:
        if name not in KNOWN:
            return name, "", "", "", str(error)
        pack, state = KNOWN[name], _why_not(name, data_dir, error)
    return name, str(pack.dimension), pack.licence, _commercial(pack), state


def _why_not(name: str, data_dir: Path, error: PackError) -> str:
    return str(error) if (data_dir / "models" / name).is_dir() else "not here"


def _commercial(pack: Pack) -> str:
    return "yes" if pack.commercial_use else "no"


@contextmanager
def _reported() -> Iterator[None]:
    """End the command with one sentence and status 1 if the pack cannot be used."""
    try:
        yield
    except PackError as error:
        typer.echo(f"facegraph: {error}", err=True)
        raise typer.Exit(1) from error
