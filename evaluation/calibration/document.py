"""A calibration as files: report.json with its digest, the page, and the tables.

The digest shows that a report was changed or cut, not who wrote it: whoever changes one can make
a digest that fits. Who must know that keeps the digest apart, or signs the file.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NoReturn

from pydantic import TypeAdapter, ValidationError

from deployments.vision.whole_files import replace_file
from evaluation.calibration.findings import Calibration
from evaluation.calibration.page.whole import page
from evaluation.calibration.tables import tables

VERSION: Final = 1
"""Of the shape of report.json; raised when fields change their meaning, come or go."""

_SHAPE = TypeAdapter(Calibration)


class UnreadableReport(Exception):
    """A file that is no report, was changed since it was written, or is of another version."""


def write(calibration: Calibration, folder: Path) -> Path:
    """Write report.json, report.html and the tables into the folder; return report.json's path.

    Each file appears whole, readable by its owner alone, for it may name people. report.json comes
    last: where it lies, the others do. Tables that an earlier run left and this one lacks go.
    """
    folder.mkdir(parents=True, exist_ok=True)
    digest = digest_of(calibration)
    for name, table in tables(calibration).items():
        _replace_or_remove(folder / f"{name}.csv", table)
    replace_file(folder / "report.html", page(calibration, digest).encode())
    document = {"version": VERSION, "digest": digest, "calibration": _plain(calibration)}
    replace_file(folder / "report.json", _canonical(document) + b"\n")
    return folder / "report.json"


def read(path: Path) -> tuple[Calibration, str]:
    """Return a calibration and its digest from report.json; raises UnreadableReport, OSError.

    Nothing is taken that `write` would not have written so: no field is missing, unknown or of
    another type, and the digest is that of what was read.
    """
    document = _parsed(path)
    if document["version"] != VERSION:
        raise UnreadableReport(
            f"{path.name} is of version {document['version']!r}; this reads version {VERSION}."
        )
    digest = f"sha256:{sha256(_again(document['calibration'], path)).hexdigest()}"
    if document["digest"] != digest:
        raise UnreadableReport(f"{path.name} does not agree with its digest: it was changed.")
    return _taken(document["calibration"], digest, path), digest


def digest_of(calibration: Calibration) -> str:
    """Return the digest of a calibration's canonical bytes, `sha256:…`.

    Those are its JSON in UTF-8: keys sorted, no space between, numbers as Python writes them.
    """
    return f"sha256:{sha256(_canonical(_plain(calibration))).hexdigest()}"


def _replace_or_remove(path: Path, content: str) -> None:
    if content:
        replace_file(path, content.encode())
    else:
        path.unlink(missing_ok=True)


def _plain(calibration: Calibration) -> Any:
    return _SHAPE.dump_python(calibration, mode="json")


def _canonical(value: Any) -> bytes:
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def _parsed(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise UnreadableReport(f"{path.name} is no JSON: {error}.") from error
    if not isinstance(document, dict) or document.keys() != {"version", "digest", "calibration"}:
        raise UnreadableReport(f"{path.name} is no report: version, digest, calibration.")
    return document


def _again(plain: Any, path: Path) -> bytes:
    """Return the canonical bytes of what was read: numbers and text that have none are refused."""
    try:
        return _canonical(plain)
    except ValueError as error:
        raise UnreadableReport(f"{path.name} holds what no report does: {error}.") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _taken(plain: Any, digest: str, path: Path) -> Calibration:
    try:
        calibration = _SHAPE.validate_json(_canonical(plain), strict=True)
    except ValidationError as error:
        raise UnreadableReport(f"{path.name}: {_first(error)}") from error
    if digest_of(calibration) != digest:
        raise UnreadableReport(f"{path.name} holds fields that this version does not know.")
    return calibration


def _first(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}."
