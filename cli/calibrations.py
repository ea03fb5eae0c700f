"""What a policy takes of a calibration's report."""

from importlib import import_module
from pathlib import Path

from deployments.errors import InvalidRequest
from deployments.evidence import Evidence


def evidence_in(report: Path) -> Evidence:
    """Return what stands in a report.json for policies; InvalidRequest where its digest is wrong.

    The report is what `facegraph calibrate` wrote, unchanged since: its digest says so.
    """
    # Only here: no other verb loads what computes the statistics.
    document = import_module("evaluation.calibration.document")
    summary = import_module("evaluation.calibration.evidence")
    try:
        calibration, digest = document.read(report)
    except ValueError as error:
        raise InvalidRequest(f"{report} cannot be used: {error}") from error
    found: Evidence = summary.evidence_of(calibration, digest)
    return found
