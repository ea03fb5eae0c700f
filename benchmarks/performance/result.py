"""The result files: one a run, named by its date and commit; the report is of the last one."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "results"
# Raised where layers name what they found otherwise: older files can be read, but not be told.
FORM = 2

Result = dict[str, Any]


class NoResult(Exception):
    """No run has been kept yet."""


def keep(result: Mapping[str, Any], folder: Path = RESULTS) -> Path:
    """Write the file of a run and return where it is; a second run of that day replaces it."""
    commit = str(result["commit"]).rstrip("+")
    path = folder / f"{result['date']}-{commit}{'-quick' if result['quick'] else ''}.json"
    path.write_text(json.dumps(result, indent=1) + "\n")
    return path


def kept(folder: Path = RESULTS, *, quick: bool = False) -> list[Result]:
    """Return the kept runs of today's form, the oldest first; whole ones, or quick ones."""
    found = _told(folder, "20??-??-??-*.json")
    return sorted((each for each in found if each["quick"] == quick), key=_moment)


def last(folder: Path = RESULTS, *, quick: bool = False) -> Result:
    """Return the newest run that was kept; raises NoResult."""
    runs = kept(folder, quick=quick)
    if not runs:
        raise NoResult("no run of `make bench` has been kept yet")
    return runs[-1]


def galleries(folder: Path = RESULTS) -> Sequence[Result]:
    """Return what `make bench-gallery` has kept, the smallest gallery first."""
    return sorted(_told(folder, "gallery-*.json"), key=lambda each: each["people"])


def _told(folder: Path, pattern: str) -> list[Result]:
    return [each for each in map(_read, folder.glob(pattern)) if each.get("form") == FORM]


def _read(path: Path) -> Result:
    read: Result = json.loads(path.read_text())
    return read


def _moment(result: Result) -> str:
    return str(result["ended"])
