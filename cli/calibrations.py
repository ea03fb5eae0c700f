"""What a policy takes of a calibration's report."""

from pathlib import Path

from deployments.errors import InvalidRequest
from deployments.evidence import Evidence


def evidence_in(report: Path) -> Evidence:
    """Return what stands in a report.json for policies; InvalidRequest where its digest is wrong.

    The report is what `facegraph calibrate` wrote, unchanged since: its digest says so.
    """
    # Only here: no other verb loads what computes the statistics.
    from evaluation.calibration.document import UnreadableReport, read
    from evaluation.calibration.evidence import evidence_of

    try:
        return evidence_of(*read(report))
    except UnreadableReport as error:
        raise InvalidRequest(f"{report} cannot be used: {error}") from error
