"""Packs with and without evidence beside the code."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.policies import built_in
from tests.unit.policies.synthetic import ship

CACHED = (built_in.shipped, built_in.built_in, built_in.provisional)


@pytest.fixture
def nothing_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let no evidence lie beside the code, and yield the folder where it would."""
    monkeypatch.setattr(built_in, "FOLDER", tmp_path)
    for each in CACHED:
        each.cache_clear()
    yield tmp_path
    for each in CACHED:
        each.cache_clear()


@pytest.fixture
def shipped(nothing_shipped: Path) -> None:
    """Let the made-up evidence lie beside the code."""
    ship(nothing_shipped)
