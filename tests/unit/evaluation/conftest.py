"""Few photos, in a folder as studies want it."""

from pathlib import Path

import pytest

from tests.unit.vision.photographs import group, jpeg, portrait


@pytest.fixture
def family(tmp_path: Path) -> Path:
    """Return a folder with two photos of each of two people."""
    woman, man = portrait()[0:300, 80:400], group()[230:450, 420:620]
    (tmp_path / "woman_a.jpg").write_bytes(jpeg(woman))
    (tmp_path / "woman_b.jpg").write_bytes(jpeg(woman[:, ::-1]))
    (tmp_path / "man_a.jpg").write_bytes(jpeg(man))
    (tmp_path / "man_b.jpg").write_bytes(jpeg(man, 80))
    return tmp_path
