"""`facegraph models` as tests run it, and the data directories they run it in."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.models import app
from config.settings import settings
from deployments.vision.licences import NON_COMMERCIAL

LICENCE = NON_COMMERCIAL.name


@contextmanager
def empty_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let commands find an empty data directory, where no licence was accepted, and yield it."""
    monkeypatch.setenv("FACEGRAPH_DATA_DIR", str(folder))
    monkeypatch.delenv("FACEGRAPH_ACCEPTED_LICENCES", raising=False)
    folder.mkdir()
    settings.cache_clear()
    yield folder
    settings.cache_clear()


def run(*arguments: str) -> Result:
    """Run the command on a terminal wide enough for a row a line."""
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "300"})


def row(output: str, name: str) -> list[str]:
    """Return the cells of a pack's row."""
    line = next(line for line in output.splitlines() if line.startswith(f"{name} "))
    return re.split(r" {2,}", line.strip())
