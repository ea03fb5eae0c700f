"""From a report to what policies keep of it; stand-ins read and sum up."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from cli.calibrations import evidence_in
from deployments.errors import InvalidRequest
from deployments.evidence import Evidence
from tests.unit.policies.synthetic import EVIDENCE

PATH = Path("report.json")


def stand_in(monkeypatch: pytest.MonkeyPatch, *, damaged: bool) -> None:
    """Put modules in the place of those that read a report and sum it up."""

    def read(path: Path) -> tuple[str, str]:
        if damaged:
            raise ValueError("its digest is not that of its content")
        return f"of {path}", "f" * 64

    def evidence_of(calibration: str, digest: str) -> Evidence:
        assert (calibration, digest) == ("of report.json", "f" * 64)
        return EVIDENCE

    read_it, sum_up = SimpleNamespace(read=read), SimpleNamespace(evidence_of=evidence_of)
    monkeypatch.setitem(sys.modules, "evaluation.calibration.document", read_it)
    monkeypatch.setitem(sys.modules, "evaluation.calibration.evidence", sum_up)


def test_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read, its digest goes with it, and the evidence of it comes back."""
    stand_in(monkeypatch, damaged=False)
    assert evidence_in(PATH) == EVIDENCE


def test_a_report_that_was_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told in a sentence."""
    stand_in(monkeypatch, damaged=True)
    with pytest.raises(InvalidRequest, match=r"report\.json cannot be used: its digest"):
        evidence_in(PATH)
