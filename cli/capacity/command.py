"""`facegraph capacity`: what machines a load takes, and how far each figure can be trusted."""

import json
from typing import Annotated

import typer
from rich.console import Console

from cli.capacity import figures as shipped
from cli.capacity.packs import WORK
from cli.capacity.plan import Load, Plan
from cli.capacity.told import as_json, as_table

MOST_PIXELS = 100_000  # Of a side; no photo is larger.

# Nobody asks for more, and what is reckoned from it would be no number at last.
MOST_RPS, MOST_PEOPLE = 1e6, 1e11


def _rate(number: float) -> float:
    if not 0 < number <= MOST_RPS:
        raise typer.BadParameter(f"a number above 0 is needed, of at most {MOST_RPS:,.0f}")
    return number


def _people(number: float) -> float:
    if not 1 <= number <= MOST_PEOPLE:
        raise typer.BadParameter(f"a gallery has at least one person, {MOST_PEOPLE:,.0f} at most")
    return number


def _share(number: float) -> float:
    if not 0 < number < 1:
        raise typer.BadParameter("a share above 0 and below 1 is needed")
    return number


def _known_pack(name: str) -> str:
    if name not in WORK:
        raise typer.BadParameter(f"there is no known pack {name!r}; there are {', '.join(WORK)}")
    return name


Rps = Annotated[float, typer.Option(callback=_rate, help="Identifications a second.")]
Gallery = Annotated[float, typer.Option(callback=_people, help="People enrolled; 5e6 will do.")]
PackName = Annotated[str, typer.Option(callback=_known_pack, help="A known model pack.")]
PhotoPx = Annotated[
    int, typer.Option(min=1, max=MOST_PIXELS, help="Side of a photo, which is taken for square.")
]
Cores = Annotated[int, typer.Option(min=1, help="Cores of one machine.")]
Headroom = Annotated[
    float, typer.Option(callback=_share, help="Share of the cores that this load may use.")
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


def capacity(
    rps: Rps,
    gallery: Gallery,
    pack: PackName = "opencv_zoo",
    photo_px: PhotoPx = 640,
    cores_per_machine: Cores = 16,
    headroom: Headroom = 0.7,
    *,
    as_programs_read: AsJson = False,
) -> None:
    """Tell the machines, memory and disk that a load takes; without a GPU.

    Each line says what it rests on: measured, fitted between measured points, or extrapolated
    beyond them.
    """
    try:
        figures = shipped.load()
    except shipped.NotMeasured as missing:
        typer.echo(f"facegraph: {missing}", err=True)
        raise typer.Exit(1) from None
    plan = Plan(Load(rps, gallery, pack, photo_px, cores_per_machine, headroom), figures)
    if as_programs_read:
        typer.echo(json.dumps(as_json(plan, figures), indent=2))
    else:
        Console(highlight=False).print(as_table(plan, figures))
