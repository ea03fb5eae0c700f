"""`facegraph models licence`, and the question that `install` and `adopt` ask first."""

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.database import reported
from config.settings import settings
from deployments.vision.acceptance import accept, acceptances, is_accepted
from deployments.vision.catalogue import DEFAULT, KNOWN
from deployments.vision.licences import licence_of
from deployments.vision.packs import Pack, PackError, described

PackName = Annotated[str, typer.Argument(help="Name of a pack, or the folder of one.")]
Accept = Annotated[
    str | None, typer.Option("--accept-licence", help="The name of the licence you accept.")
]


def licence(name: PackName = DEFAULT) -> None:
    """Print the licence of a pack, and whether it was accepted here."""
    with reported():
        show(pack_named(name))


def pack_named(name: str) -> Pack:
    """Return a pack as it is known or as its manifest describes it, weights or none; PackError."""
    return KNOWN.get(name) or described(name, settings().data_dir, KNOWN)


def agree(pack: Pack, named: str | None) -> None:
    """Have the licence of a pack accepted, by its name or at the terminal, unless it is already.

    Raises PackError where it was not.
    """
    show(pack)
    if named not in {None, pack.licence}:
        raise PackError(f"The licence of {pack.name} is {pack.licence}, not {named}.")
    if is_accepted(pack, settings().data_dir, settings().accepted_licences):
        return
    if named is None:
        _ask(pack)
    accept(pack.licence, settings().data_dir)


def show(pack: Pack) -> None:
    """Print a pack's licence, and whether, when and by whom it was accepted here."""
    words = licence_of(pack.licence, commercial_use=pack.commercial_use)
    table = Table.grid(padding=(0, 2))
    table.add_row("licence", words.name)
    table.add_row("granted by", words.granted_by)
    table.add_row("allows", words.allows)
    table.add_row("commercial use", "yes" if words.commercial_use else "no")
    table.add_row("read it at", words.read_at)
    table.add_row("accepted", _accepted(pack))
    Console(highlight=False).print(table)


def _accepted(pack: Pack) -> str:
    if pack.commercial_use:
        return "not needed"
    if found := acceptances(settings().data_dir).get(pack.licence):
        return f"{found.accepted_at.isoformat().replace('+00:00', 'Z')} by {found.by}"
    if pack.licence in settings().accepted_licences:
        return "by FACEGRAPH_ACCEPTED_LICENCES"
    return "no"


def _ask(pack: Pack) -> None:
    if not sys.stdin.isatty():
        raise PackError(
            f"Nobody is here to be asked: if you accept the licence of {pack.name}, say so with "
            f"`--accept-licence {pack.licence}`."
        )
    if not typer.confirm(f"Do you accept {pack.licence}?"):
        raise PackError(f"Without the licence accepted, {pack.name} was left alone.")
