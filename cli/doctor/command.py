"""`facegraph doctor`: whether this machine can run the service, and what to mend if not."""

import os
from collections.abc import Iterator, Mapping
from typing import Annotated

import typer
from rich.console import Console

from cli.doctor.findings import bad
from cli.doctor.report import Told, json_of, summary, tell

AsJson = Annotated[bool, typer.Option("--json", help="A list of objects, for programs.")]


def doctor(*, as_json: AsJson = False) -> None:
    """Check all that a service needs, and change nothing; exit 1 if something must be mended."""
    told = _findings(dict(os.environ))
    if as_json:
        all_told = list(told)
        typer.echo(json_of(all_told))
    else:
        console = Console(highlight=False)
        all_told = tell(told, console)
        console.print(summary(all_told), markup=False)
    raise typer.Exit(any(finding.level == "bad" for _, finding in all_told))


def _findings(variables: Mapping[str, str]) -> Iterator[Told]:
    """Yield what every check finds; `variables` are those of before Ray, imported, adds some."""
    try:
        # It loads Ray and all nodes, which no other verb that is quick should wait for.
        from cli.doctor.case import Case
        from cli.doctor.topics import findings
    except ImportError as error:
        yield "Packages", bad("packages", f"cannot be imported: {error}", "Run `make setup`.")
        return
    yield from findings(Case(variables))
