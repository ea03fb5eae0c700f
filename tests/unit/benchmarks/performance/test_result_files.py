"""Result files: one a run, the last one is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.performance import result


def run(commit: str, ended: str, *, quick: bool = False) -> dict[str, Any]:
    """Return the document of a run."""
    return {
        "form": result.FORM,
        "date": ended[:10],
        "commit": commit,
        "ended": ended,
        "quick": quick,
        "layers": {},
    }


def test_a_run_is_kept_by_date_and_commit(tmp_path: Path) -> None:
    """A commit with changes has the name of the commit, and a quick run says that it is one."""
    whole = result.keep(run("abc1234+", "2026-11-27T05:00:00"), tmp_path)
    quick = result.keep(run("abc1234", "2026-11-27T05:00:00", quick=True), tmp_path)

    assert whole.name == "2026-11-27-abc1234.json"
    assert quick.name == "2026-11-27-abc1234-quick.json"


def test_the_last_run_is_the_one_that_ended_last(tmp_path: Path) -> None:
    """Not the one whose commit sorts last; quick runs are apart."""
    result.keep(run("fff", "2026-11-27T05:00:00"), tmp_path)
    result.keep(run("aaa", "2026-11-27T06:00:00"), tmp_path)
    result.keep(run("bbb", "2026-11-27T07:00:00", quick=True), tmp_path)

    assert result.last(tmp_path)["commit"] == "aaa"
    assert result.last(tmp_path, quick=True)["commit"] == "bbb"


def test_without_a_run_there_is_none(tmp_path: Path) -> None:
    """Files of other benchmarks are no runs."""
    (tmp_path / "bounds.json").write_text("{}")

    with pytest.raises(result.NoResult):
        result.last(tmp_path)


@pytest.mark.parametrize("form", [{"form": result.FORM - 1}, {"form": None}])
def test_what_is_of_an_older_form_is_not_told(tmp_path: Path, form: dict[str, Any]) -> None:
    """Its layers would be looked for under names that they had not yet."""
    result.keep(run("aaa", "2026-11-27T06:00:00") | form, tmp_path)
    (tmp_path / "gallery-5.json").write_text(json.dumps({"people": 5} | form))

    assert result.kept(tmp_path) == []
    assert result.galleries(tmp_path) == []
