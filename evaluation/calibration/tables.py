"""A calibration as tables for other programs: CSV, a row a finding.

Rates are shares, 0 to 1, and numbers are as exact as in report.json. A text that a spreadsheet
would take for a formula has an apostrophe before it, for names come from whoever took the photos.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from io import StringIO
from typing import Any

from evaluation.calibration.findings import (
    Calibration,
    GallerySize,
    Group,
    OperatingPoint,
    Rate,
    Sensitivity,
)

Row = dict[str, Any]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def tables(calibration: Calibration) -> Mapping[str, str]:
    """Return the text of each table by its name; it is empty where there is no row."""
    rows: dict[str, Iterable[Row]] = {
        "operating_points": map(_point, calibration.operating_points),
        "finer_points": map(_point, calibration.finer_points),
        "curve": map(asdict, calibration.curve),
        "histogram": _bins(calibration),
        "galleries": map(_gallery, calibration.galleries),
        "groups": map(_group, calibration.groups),
        "disparities": map(asdict, calibration.disparities),
        "sensitivity": map(_sensitivity, calibration.sensitivity),
    }
    return {name: _text(list(table)) for name, table in rows.items()}


def _point(point: OperatingPoint) -> Row:
    row: Row = {
        "target_fmr": point.target_fmr,
        "supported": point.supported,
        "refusal": point.refusal,
        "threshold": point.threshold,
        "chosen_on": point.chosen_on,
        **_rate("fmr", point.fmr),
        **_rate("fnmr", point.fnmr),
    }
    for each in point.transactions:
        row |= {f"far_{each.attempts}": each.far, f"frr_{each.attempts}": each.frr}
    return row


def _bins(calibration: Calibration) -> Iterable[Row]:
    shape = calibration.histogram
    bins = zip(shape.edges[:-1], shape.edges[1:], shape.genuine, shape.impostor, strict=True)
    names = ("from", "to", "genuine", "impostor")
    return (dict(zip(names, each, strict=True)) for each in bins)


def _gallery(gallery: GallerySize) -> Row:
    return {
        "threshold": gallery.threshold,
        "size": gallery.size,
        "predicted_fpir": gallery.predicted_fpir,
        "highest_fpir": gallery.highest_fpir,
        **_rate("fpir", gallery.fpir),
        **_rate("fnir", gallery.fnir),
        **_rate("index_fnir", gallery.index_fnir),
    }


def _group(group: Group) -> Row:
    return {
        "attribute": group.attribute,
        "name": group.name,
        "people": group.people,
        "photos": group.photos,
        **_rate("failure_to_acquire", group.failure_to_acquire),
        **_rate("within", group.within),
        **_rate("mixed", group.mixed),
        **_rate("fnmr", group.fnmr),
    }


def _sensitivity(each: Sensitivity) -> Row:
    return {
        "damage": each.damage,
        "unit": each.unit,
        "level": each.level,
        "threshold": each.threshold,
        **_rate("not_acquired", each.not_acquired),
        **_rate("fnmr", each.fnmr),
        **_rate("fmr", each.fmr),
    }


def _rate(name: str, rate: Rate | None) -> Row:
    """Return a rate as columns; where there is none they are there and empty."""
    fields = ("value", "low", "high", "independent_low", "independent_high", "errors", "trials")
    return {
        name if field == "value" else f"{name}_{field}": None
        if rate is None
        else getattr(rate, field)
        for field in fields
    }


def _text(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    columns = dict.fromkeys(column for row in rows for column in row)
    text = StringIO()
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _harmless(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
