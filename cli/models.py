"""`facegraph models`: which packs there are, and whether what lies on disk is what it claims."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from config.settings import settings
from deployments.vision.catalogue import DEFAULT, KNOWN
from deployments.vision.packs import MANIFEST, Pack, PackError
from deployments.vision.preparation import load
from deployments.vision.preparation import prepare as prepare_pack

app = typer.Typer(help="List, prepare and verify model packs.", no_args_is_help=True)

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
