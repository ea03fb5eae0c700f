"""`facegraph check-config`: refuse what Ray Serve would silently ignore."""

from pathlib import Path
from typing import Annotated

import typer


def check_config(
    path: Annotated[Path, typer.Argument(help="The file to check.")] = Path("serve_config.yaml"),
) -> None:
    """Check every key and value of the graph's configuration."""
    # Ray reads its flags when it is imported, and `up` has yet to set them: see config/.
    from deployments.configuration import ConfigurationRefused, read

    try:
        read(path)
    except ConfigurationRefused as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{path}: every key is known")
