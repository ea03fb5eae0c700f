"""`facegraph doctor`: whether this machine can run the service, and what to mend if not."""

import os
from typing import Annotated

import typer
from rich.console import Console

AsJson = Annotated[bool, typer.Option("--json", help="A list of objects, for programs.")]


def doctor(*, as_json: AsJson = False) -> None:
    """Check all that a service needs, and change nothing; exit 1 if something must be mended."""
    variables = dict(os.environ)  # As it was given: Ray, once imported, adds to it.
    # It loads Ray and all nodes, which no other verb that is quick should wait for.
    from cli.doctor import report
    from cli.doctor.case import Case

    told = report.findings(Case(variables))
    if as_json:
        text, heard = report.as_json(told)
        typer.echo(text)
    else:
        console = Console(highlight=False)
        heard = report.tell(told, console)
        console.print(report.summary(heard), markup=False)
    raise typer.Exit(any(each.level == "bad" for each in heard))
