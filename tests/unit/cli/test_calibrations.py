"""From a report to what policies keep of it."""

from pathlib import Path

import pytest

from cli.calibrations import evidence_in
from deployments.errors import InvalidRequest
from evaluation.calibration.document import digest_of, write
from evaluation.calibration.evidence import evidence_of
from tests.unit.evaluation.report.examples import calibration


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """Write a report, and return where."""
    write(calibration(), tmp_path)
    return tmp_path / "report.json"


def test_a_report(report: Path) -> None:
    """It is read, its digest goes with it, and the evidence of it comes back."""
    assert evidence_in(report) == evidence_of(calibration(), digest_of(calibration()))


def test_a_report_that_was_changed(report: Path) -> None:
    """It is told in a sentence."""
    report.write_text(report.read_text().replace('"people":102', '"people":103'))
    with pytest.raises(InvalidRequest, match=r"report\.json cannot be used: .*digest"):
        evidence_in(report)
