"""What the tests of `facegraph models` share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.networks import network
from tests.unit.cli.model_commands import empty_home


@pytest.fixture
def new_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield a data directory in which nothing is."""
    with empty_home(tmp_path / "home", monkeypatch) as home:
        yield home


@pytest.fixture
def own(new_home: Path, tmp_path: Path) -> list[str]:  # noqa: ARG001 - packs go there
    """Return the options that name weights of one's own."""
    weights = [tmp_path / "det.onnx", tmp_path / "rec.onnx"]
    weights[0].write_bytes(network("finds faces "))
    weights[1].write_bytes(network("makes vectors "))
    return ["--detector", str(weights[0]), "--recogniser", str(weights[1])]
