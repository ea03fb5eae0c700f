"""Few photos, in a folder as studies want it."""

from pathlib import Path

import pytest

from tests.unit.vision.photographs import two_people


@pytest.fixture
def family(tmp_path: Path) -> Path:
    """Return a folder with two photos of each of two people."""
    return two_people(tmp_path)
