"""`facegraph models`: which packs there are, and whether what lies on disk is what it claims."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from cli.agreement import Accept, PackName, agree, licence
from cli.database import reported
from cli.install import install
from config.settings import settings
from deployments.vision.acceptance import is_accepted
from deployments.vision.catalogue import DEFAULT, KNOWN
from deployments.vision.packs import MANIFEST, Pack, PackError, Role, folder_of, intact
from deployments.vision.preparation import adopt as adopt_pack
from deployments.vision.preparation import prepare as prepare_pack

app = typer.Typer(
    help="List, install, verify and adopt model packs; read their licences.", no_args_is_help=True
)
app.command()(install)
app.command()(licence)

Weights = Annotated[Path, typer.Option(exists=True, dir_okay=False, help="An ONNX file.")]


@app.command("list")
def list_packs() -> None:
    """List the packs known by name and those in the data directory."""
    data_dir = settings().data_dir
    # Eighty columns hold it; only a state that needs a sentence is wrapped.
    plain = [Column(name, no_wrap=True) for name in ("pack", "vector", "licence", "accepted")]
    table = Table(*plain, "state", box=None, pad_edge=False)
    with reported():
        for name in sorted(KNOWN.keys() | _present(data_dir)):
            table.add_row(*_row(name, data_dir))
        Console().print(table)


@app.command()
def prepare(name: PackName = DEFAULT) -> None:
    """Make a pack ready to load from what is here already; does nothing where it is."""
    with reported():
        pack = prepare_pack(name, settings().data_dir, settings().accepted_licences)
        Console().print(f"{pack.name} is ready in {pack.folder}", soft_wrap=True)


@app.command()
def verify(name: PackName = DEFAULT) -> None:
    """Check every file of a pack against its recorded digest."""
    with reported():
        pack = intact(name, settings().data_dir, KNOWN)
        for file in pack.files:
            Console().print(f"{file.role}  {file.name}  sha256:{file.sha256}", soft_wrap=True)
        Console().print(f"{pack.name} is intact  {pack.digest}", soft_wrap=True)


@app.command()
def adopt(
    name: Annotated[str, typer.Argument(help="What to call the pack.")],
    detector: Weights,
    recogniser: Weights,
    like: Annotated[str, typer.Option(help="The known pack whose networks these are like.")],
    accept_licence: Accept = None,
) -> None:
    """Describe weights of your own as a pack, under the licence of a known one.

    The files stay where they are.
    """
    with reported():
        _refuse(name, like)
        pack = replace(KNOWN[like], name=name)
        agree(pack, accept_licence)
        folder = folder_of(name, settings().data_dir)
        weights: dict[Role, Path] = {"detector": detector, "recogniser": recogniser}
        adopt_pack(pack, folder, weights)
        Console().print(f"{name} is described in {folder}", soft_wrap=True)
        Console().print(f"In serve_config.yaml put `pack: {name}`", soft_wrap=True)


def _refuse(name: str, like: str) -> None:
    if name in {"", *KNOWN} or name.startswith(".") or Path(name).name != name:
        raise PackError(f"A pack of your own cannot be called {name!r}.")
    if like not in KNOWN:
        raise PackError(f"There is no known pack {like!r}; there are {', '.join(sorted(KNOWN))}.")


def _present(data_dir: Path) -> set[str]:
    return {manifest.parent.name for manifest in data_dir.glob(f"models/[!.]*/{MANIFEST}")}


def _row(name: str, data_dir: Path) -> tuple[str, ...]:
    try:
        pack, state = intact(name, data_dir, KNOWN), "ready"
    except PackError as error:
        if name not in KNOWN:
            return name, "", "", "", str(error)
        pack, state = KNOWN[name], _why_not(name, data_dir, error)
    return name, str(pack.dimension), pack.licence, _accepted(pack, data_dir), state


def _accepted(pack: Pack, data_dir: Path) -> str:
    if pack.commercial_use:
        return "not needed"
    return "yes" if is_accepted(pack, data_dir, settings().accepted_licences) else "no"


def _why_not(name: str, data_dir: Path, error: PackError) -> str:
    return str(error) if (data_dir / "models" / name).is_dir() else "not here"
