"""The database a command works on: that of `DATABASE_URL`, else the built-in one."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError

from config.settings import Settings
from db.cluster_files import EmbeddedServerFailed
from db.embedded import embedded_server
from db.migrate import UnsuitableDatabase
from deployments.errors import FacegraphError
from deployments.vision.packs import PackError
from evaluation.calibration.samples import Unusable

MENDABLE = (
    Unusable,
    FacegraphError,
    PackError,
    UnsuitableDatabase,
    EmbeddedServerFailed,
    ValidationError,
    SettingsError,
    OSError,
)


@contextmanager
def database(environment: Settings) -> Iterator[str]:
    """Yield its address; the built-in server runs for as long, or on, where a service uses it."""
    if environment.database_url is not None:
        yield environment.database
        return
    with embedded_server(environment.data_dir) as url:
        yield url


@contextmanager
def reported() -> Iterator[None]:
    """End the command with one sentence and status 1 on what a person can mend."""
    try:
        yield
    except MENDABLE as error:
        typer.echo(f"facegraph: {sentence(error)}", err=True)
        raise typer.Exit(1) from error


def sentence(error: Exception) -> str:
    """Return what a person is told of an error; never what they had put in, which may be secret."""
    if isinstance(error, ValidationError):
        place = _variable if error.title == Settings.__name__ else _field
        return "; ".join(
            f"{place(each['loc'])}: {each['msg'].removeprefix('Value error, ')}"
            for each in error.errors(include_input=False)
        )
    return error.detail if isinstance(error, FacegraphError) else str(error)


def _field(parts: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in parts)


def _variable(parts: tuple[int | str, ...]) -> str:
    return f"FACEGRAPH_{_field(parts)}".upper() if parts else "settings"
