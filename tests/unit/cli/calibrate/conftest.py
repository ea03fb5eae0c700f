"""`facegraph calibrate` with statistics that only listen."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from tests.unit.cli.calibrate.found import Statistics, listening

ROOT = Path(__file__).parents[4]


@pytest.fixture
def statistics(monkeypatch: pytest.MonkeyPatch) -> Statistics:
    """Put statistics and report, which others compute, aside for one test."""
    return listening(monkeypatch)


@pytest.fixture
def run(at_home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:  # noqa: ARG001
    """Return what runs the verb on the tests' data directory, with the shipped configuration."""
    monkeypatch.chdir(ROOT)

    def invoked(*arguments: object) -> Result:
        words = ["calibrate", *map(str, arguments)]
        return CliRunner().invoke(app, words, env={"COLUMNS": "200"})

    return invoked
