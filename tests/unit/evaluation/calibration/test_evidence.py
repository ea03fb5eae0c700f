"""What built-in policies rest on is written by a command."""

import json
from pathlib import Path

import typer
from typer.testing import CliRunner

from deployments.policies.policy import evidence_from
from evaluation.calibration import evidence
from evaluation.calibration.document import digest_of, write
from tests.unit.evaluation.report.examples import bare, calibration


def printed(report: Path, *options: str) -> str:
    """Run the command."""
    app = typer.Typer()
    app.command()(evidence.main)
    result = CliRunner().invoke(app, [str(report), *options])
    assert result.exit_code == 0, result.output
    return result.output


def test_evidence_is_printed_as_policies_read_it(tmp_path: Path) -> None:
    """All of it, or what is not below the strictest target that is to be claimed."""
    report = write(calibration(), tmp_path)
    whole = evidence_from(json.loads(printed(report)))
    some = evidence_from(json.loads(printed(report, "--strictest", "1e-2")))

    assert whole == evidence.evidence_of(calibration(), digest_of(calibration()))
    assert [each.target_fmr for each in whole.points] == [1e-2, 5e-3]
    assert [each.target_fmr for each in some.points] == [1e-2]


def test_without_a_supported_target_there_is_no_point() -> None:
    """And no comparison that carries one."""
    found = evidence.evidence_of(bare(), "sha256:0")

    assert (found.points, found.comparisons, found.least_fmr) == ((), 0, 1.0)
    assert found.point(1e-2) is None
