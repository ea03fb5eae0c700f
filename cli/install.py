"""`facegraph models install`: licence, download, check; with a bar that shows how far it is."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from cli.agreement import Accept, PackName, agree, pack_named
from cli.database import reported
from config.settings import settings
from deployments.vision.catalogue import DEFAULT
from deployments.vision.installation import install as install_pack
from deployments.vision.zoo import Progress


def install(name: PackName = DEFAULT, accept_licence: Accept = None) -> None:
    """Show a pack's licence, have it accepted, and fetch the pack where it is not here yet."""
    with reported():
        agree(pack_named(name), accept_licence)
        with _shown(name) as progress:
            pack = install_pack(name, settings().data_dir, progress, settings().accepted_licences)
        Console().print(f"{pack.name} is ready in {pack.folder}", soft_wrap=True)


@contextmanager
def _shown(title: str) -> Iterator[Progress]:
    """Yield what draws the bar; until it is called there is none."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    # A log wants no bar.
    with Bars(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
    ) as bars:
        task = bars.add_task(title, total=None, visible=False)

        def draw(here: int, total: int | None) -> None:
            bars.update(task, completed=here, total=total, visible=True)

        yield draw
