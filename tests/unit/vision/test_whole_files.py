"""Files appear whole, or not at all."""

from pathlib import Path

import pytest

from deployments.vision.whole_files import appearing, replace_file


def test_a_folder_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    """What was there goes, what a crash left beside it too."""
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "old").touch()
    (tmp_path / ".pack.partial").mkdir()
    (tmp_path / ".pack.partial" / "half").touch()
    with appearing(folder) as partial:
        (partial / "new").touch()
        assert [path.name for path in folder.iterdir()] == ["old"]
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["new", "pack"]


def test_an_error_leaves_the_old_folder(tmp_path: Path) -> None:
    """What was half made is thrown away."""
    folder = tmp_path / "pack"
    folder.mkdir()
    with pytest.raises(FileNotFoundError), appearing(folder) as partial:
        (partial / "new").rename(partial / "named")
    assert list(tmp_path.rglob("*")) == [folder]


def test_a_file_is_replaced_whatever_a_crash_left(tmp_path: Path) -> None:
    """A draft somebody else could read is not written into."""
    path = tmp_path / "record"
    draft = tmp_path / ".record.partial"
    draft.write_text("half")
    draft.chmod(0o644)
    replace_file(path, b"whole")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"whole", 0o600)
    assert list(tmp_path.iterdir()) == [path]
