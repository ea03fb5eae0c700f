"""Photos that are words, and a pipeline that reads them: what a test says becomes of each."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.unit.evaluation.calibration.words import Pipelines, photo


@pytest.fixture
def pipelines() -> Pipelines:
    """Return a pipeline that remembers what it was asked."""
    return Pipelines()


@pytest.fixture
def photos(tmp_path: Path) -> Sequence[Path]:
    """Return seventy photos of two people: three chunks."""
    return [
        photo(tmp_path / f"photos/{('ada', 'bob')[number % 2]}/{number}.jpg", f"face {number}")
        for number in range(70)
    ]
