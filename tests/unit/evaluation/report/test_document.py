"""report.json is read back as it was written, or not at all."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from evaluation.calibration.document import UnreadableReport, digest_of, read, write
from tests.unit.evaluation.report.examples import bare, calibration


def canonical(value: Any) -> bytes:
    """Return the bytes that a digest is of, made without the code under test."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def forge(path: Path, **changes: Any) -> Path:
    """Change findings, and give them a digest that fits."""
    document = json.loads(path.read_text())
    document["calibration"] |= changes
    document["digest"] = f"sha256:{sha256(canonical(document['calibration'])).hexdigest()}"
    path.write_bytes(canonical(document))
    return path


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """Return a written report.json."""
    return write(calibration(), tmp_path / "new" / "folder")


def test_what_was_written_is_read(report: Path) -> None:
    """Every finding comes back equal, with its digest."""
    assert read(report) == (calibration(), digest_of(calibration()))


def test_digest_is_of_the_canonical_findings(report: Path) -> None:
    """Anybody can compute the digest with a JSON library."""
    document = json.loads(report.read_text())

    assert document["digest"] == f"sha256:{sha256(canonical(document['calibration'])).hexdigest()}"
    assert report.read_bytes() == canonical(document) + b"\n"


def test_findings_that_differ_have_another_digest() -> None:
    """The last digit of one rate counts."""
    other = replace(calibration(), equal_error_rate=0.003210000000000001)

    assert digest_of(other) != digest_of(calibration())


def test_a_changed_figure_is_noticed(report: Path) -> None:
    """A threshold changed by hand does not agree with the digest."""
    report.write_text(report.read_text().replace("0.4106", "0.3106"))

    with pytest.raises(UnreadableReport, match="does not agree with its digest"):
        read(report)


def test_another_version_is_refused(report: Path) -> None:
    """Fields of another version may mean something else."""
    report.write_text(report.read_text().replace('"version":1', '"version":2'))

    with pytest.raises(UnreadableReport, match="version 2"):
        read(report)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"equal_error_rate": "0.1"}, "equal_error_rate"),
        ({"created_at": 5}, "created_at"),
        ({"histogram": {"edges": [], "genuine": []}}, "histogram.impostor"),
        ({"surprise": 1}, "does not know"),
        ({"equal_error_rate": 1}, "does not know"),
    ],
)
def test_an_odd_field_is_refused(report: Path, changes: dict[str, Any], said: str) -> None:
    """A field of another type, missing or unknown is named, though the digest agrees."""
    with pytest.raises(UnreadableReport, match=said):
        read(forge(report, **changes))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b'{"version": 1, "digest": NaN}', "NaN is no number"),
        (b"[]", "no report"),
        (b'{"version": 1}', "no report"),
    ],
)
def test_what_is_no_report_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    """Another file is told for what it is."""
    path = tmp_path / "report.json"
    path.write_bytes(content)

    with pytest.raises(UnreadableReport, match=said):
        read(path)


def test_a_rate_that_is_no_number_is_not_written(tmp_path: Path) -> None:
    """JSON has no NaN: nothing that cannot be read back is written."""
    with pytest.raises(ValueError, match="JSON"):
        write(replace(calibration(), equal_error_rate=float("nan")), tmp_path)

    assert not (tmp_path / "report.json").exists()


def test_files_are_their_owners(report: Path) -> None:
    """A report may name people: nobody else reads any of it."""
    assert {path.stat().st_mode & 0o777 for path in report.parent.iterdir()} == {0o600}


def test_tables_of_an_earlier_run_go(tmp_path: Path) -> None:
    """What lies in the folder is of one run: a table without rows is not there."""
    write(calibration(), tmp_path)
    write(bare(), tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {
        "report.json",
        "report.html",
        "operating_points.csv",
        "histogram.csv",
    }


@pytest.mark.parametrize("held", ["1e999", '"\\ud800"', "[" * 20_000])
def test_what_no_report_holds_is_told_in_a_sentence(tmp_path: Path, held: str) -> None:
    """A number without end, half a character, and brackets beyond what can be followed."""
    path = tmp_path / "report.json"
    path.write_text(f'{{"version": 1, "digest": "x", "calibration": {{"a": {held}}}}}')

    with pytest.raises(UnreadableReport, match=r"report\.json"):
        read(path)
