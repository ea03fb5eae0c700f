"""Labels of people, by which error rates are told apart: who gave them, and for whom, is theirs."""

from collections.abc import Mapping
from pathlib import Path

from evaluation.calibration.csv_files import read_csv
from evaluation.calibration.samples import Unusable

Labels = Mapping[str, Mapping[str, str]]
"""The values of each person's attributes: `{"ada": {"site": "gate 2"}}`."""


def read_labels(path: Path) -> Labels:
    """Read a CSV of a column `person` and one an attribute; an empty cell is no label. Unusable."""
    file = read_csv(path, ["person"])
    attributes = [name for name in file.columns if name != "person"]
    if not attributes:
        raise Unusable(f"{path}, line 1: beside person there is no column, and so no label.")
    labels: dict[str, dict[str, str]] = {}
    for row, person in enumerate(file.columns["person"]):
        given = {name: value for name in attributes if (value := file.columns[name][row])}
        if labels.setdefault(person, given) != given:
            raise file.refused(row, f"{person} was given other labels above")
    return labels
