"""What was made before is believed when it is whole, and by what it was made."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from evaluation.calibration.cache import Cache, Outcome, forget, key_of

KEY = key_of({"pack": "one"})
FACE = Outcome(np.array([0.6, 0.8], np.float32))
NOBODY = Outcome(None, "no_face")


def one_file(folder: Path) -> Path:
    """Return the only file of templates below a folder."""
    (path,) = folder.rglob("*.templates")
    return path


def same(found: Outcome | None, expected: Outcome) -> bool:
    """Tell whether two outcomes are alike to the last bit."""
    assert found is not None
    return found.reason == expected.reason and (
        found.vector is expected.vector or np.array_equal(found.vector, expected.vector)  # type: ignore[arg-type]
    )


def test_outcomes_outlive_the_run(tmp_path: Path) -> None:
    """Vectors come back to the last bit, and failures with their reasons."""
    Cache(tmp_path, KEY).add({"a": NOBODY, "b": FACE})
    again = Cache(tmp_path, KEY)
    assert same(again.get("a"), NOBODY)
    assert same(again.get("b"), FACE)
    assert again.get("c") is None


def test_another_pipeline_is_not_believed(tmp_path: Path) -> None:
    """What other machinery made is nothing to this one."""
    Cache(tmp_path, KEY).add({"a": FACE})
    assert Cache(tmp_path, key_of({"pack": "another"})).get("a") is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:-1],
        lambda content: content[:-9] + b"x" + content[-8:],
        lambda _: b"",
    ],
    ids=["cut short", "altered", "empty"],
)
def test_a_spoilt_file_is_made_anew(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    """It is taken for nothing, deleted, and does not stand in the way of a good one."""
    cache = Cache(tmp_path, KEY)
    cache.add({"a": FACE})
    path = one_file(tmp_path)
    path.write_bytes(spoil(path.read_bytes()))
    spoilt = Cache(tmp_path, KEY)
    assert (spoilt.get("a"), path.exists()) == (None, False)
    spoilt.add({"a": FACE})
    assert same(Cache(tmp_path, KEY).get("a"), FACE)


def test_a_file_that_was_being_written_is_not_read(tmp_path: Path) -> None:
    """A crash leaves a draft beside, under a name that nobody reads."""
    Cache(tmp_path, KEY).add({"a": FACE})
    path = one_file(tmp_path)
    path.rename(path.with_name(f".{path.name}.partial"))
    assert Cache(tmp_path, KEY).get("a") is None


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    """Embeddings are biometric data: folders 0700, files 0600."""
    folder = tmp_path / "calibration"
    Cache(folder, KEY).add({"a": FACE})
    modes = [each.stat().st_mode & 0o777 for each in (folder, folder / KEY, one_file(folder))]
    assert modes == [0o700, 0o700, 0o600]


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    """A photo that comes twice is made once all the same."""
    cache = Cache(None, KEY)
    cache.add({"a": FACE})
    assert same(cache.get("a"), FACE)
    assert list(tmp_path.iterdir()) == []


def test_forgetting_deletes_what_was_kept_and_nothing_else(tmp_path: Path) -> None:
    """A folder that somebody named may hold things of theirs."""
    (tmp_path / "thesis").mkdir()
    Cache(tmp_path, KEY).add({"a": FACE})
    Cache(tmp_path, key_of({"pack": "another"})).add({"a": FACE})
    assert forget(tmp_path) == 2
    assert [each.name for each in tmp_path.iterdir()] == ["thesis"]


def test_forgetting_takes_an_empty_folder_along(tmp_path: Path) -> None:
    """And one that is not there is no mistake."""
    Cache(tmp_path / "calibration", KEY).add({"a": FACE})
    assert forget(tmp_path / "calibration") == 1
    assert not (tmp_path / "calibration").exists()
    assert forget(tmp_path / "calibration") == 0


def test_a_key_is_of_everything_that_made_it() -> None:
    """In whatever order it is told."""
    assert key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1}) != key_of({"a": 1, "b": 3})
