"""What the tests of `facegraph doctor` share."""

import os
from pathlib import Path

import pytest

from cli.doctor.case import Case
from tests.unit.cli.doctor.cases import SHIPPED, MakeCase


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeCase:
    """Return what makes a case, with a data directory that is not there yet."""

    def made(root: Path = Path("/"), config: str | None = None, **variables: str) -> Case:
        for name in [name for name in os.environ if name.startswith(("FACEGRAPH_", "DATABASE_"))]:
            monkeypatch.delenv(name)
        path = SHIPPED
        if config is not None:
            path = tmp_path / "serve_config.yaml"
            path.write_text(config)
        given = {
            "FACEGRAPH_DATA_DIR": str(tmp_path / "data"),
            "FACEGRAPH_SERVE_CONFIG": str(path),
            **variables,
        }
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        return Case(given, root)

    return made


@pytest.fixture
def case(make: MakeCase) -> Case:
    """Return a case of the shipped configuration on this machine."""
    return make()
