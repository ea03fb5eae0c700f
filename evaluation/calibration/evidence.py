"""From a calibration to what a policy keeps of it.

What the built-in policies rest on is written by

    python -m evaluation.calibration.evidence REPORT.json --strictest 1e-3 > EVIDENCE.json
"""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from deployments.evidence import Evidence, Point
from evaluation.calibration.document import read
from evaluation.calibration.findings import Calibration, OperatingPoint


def evidence_of(calibration: Calibration, report_digest: str) -> Evidence:
    """Return the supported targets, and of which templates and people they speak."""
    dataset, machinery = calibration.dataset, calibration.machinery
    points = [point for each in calibration.finer_points for point in _point(each)]
    return Evidence(
        report_digest=report_digest,
        pack_digest=machinery.pack_digest,
        pipeline=machinery.pipeline,
        quality=machinery.quality,
        dataset=dataset.name,
        people=dataset.people,
        photos=dataset.photos,
        comparisons=_comparisons(calibration),
        points=tuple(sorted(points, key=lambda each: -each.target_fmr)),
    )


def main(
    report: Annotated[Path, typer.Argument(help="The report.json of a calibration.")],
    strictest: Annotated[float, typer.Option(help="The lowest FMR that is kept.")] = 0.0,
) -> None:
    """Print the evidence of a report as JSON."""
    found = evidence_of(*read(report))
    kept = tuple(each for each in found.points if each.target_fmr >= strictest)
    typer.echo(json.dumps(asdict(replace(found, points=kept)), indent=1))


def _point(found: OperatingPoint) -> tuple[Point, ...]:
    if found.threshold is None or found.fmr is None:
        return ()
    return (Point(found.target_fmr, found.threshold, found.fmr.errors, found.fmr.high),)


def _comparisons(calibration: Calibration) -> int:
    """Return the impostor comparisons of the half on which all points were tried."""
    tried = (each.fmr.trials for each in calibration.finer_points if each.fmr is not None)
    return next(tried, 0)


if __name__ == "__main__":
    typer.run(main)
