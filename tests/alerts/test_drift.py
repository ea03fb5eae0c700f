"""The rules on cameras that become worse: they say what evaluation/drift.py says, and alarm.

Eight days of made-up series, on which promtool runs the shipped rules once an hour: days like each
other, and then two hours in which a camera is another, or the same.
"""

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml
from numpy.typing import NDArray

from deployments import instruments
from evaluation import drift
from tests.alerts.prometheus import SHIPPED, program

SLOT_MINUTES: Final = 5
HOUR: Final = 60 // SLOT_MINUTES
DAY: Final = 24 * HOUR
BEFORE: Final = 8 * DAY
AFTER: Final = 2 * HOUR
NOW: Final = f"{(BEFORE + AFTER) * SLOT_MINUTES}m"

Shares = Sequence[float]
"""Of 100 photos how many have a score up to each bound, and over; or failed, and did not."""

GOOD: Final = (0, 0, 1, 4, 5, 15, 30, 30, 10, 5)
POOR: Final = (0, 5, 15, 30, 30, 15, 5, 0, 0, 0)


@dataclass(frozen=True)
class Camera:
    """One that sees so many photos in five minutes, and what became of it in the end."""

    name: str
    signal: str
    before: Shares
    after: Shares
    photos: float
    fires: bool

    def grows(self, shares: Shares) -> NDArray[np.float64]:
        """Return the photos of five minutes up to each bound."""
        return np.asarray(np.cumsum(shares) * self.photos / 100, np.float64)

    def drifts(self) -> dict[str, float]:
        """Return what Python computes of the last hour and of the last day, where it can."""
        before, after = self.grows(self.before), self.grows(self.after)
        of = drift.of_failures if self.signal == "acquisition" else drift.of_scores
        found = {
            "1h": float(of(after * HOUR, before * 7 * HOUR)),
            "1d": float(of(before * (DAY - AFTER) + after * AFTER, before * 7 * DAY)),
        }
        return {window: value for window, value in found.items() if not isnan(value)}

    def series(self) -> Iterator[dict[str, str]]:
        """Yield what Prometheus would have scraped of it."""
        before, after = self.grows(self.before), self.grows(self.after)
        for name, *each in zip(self._names(), before, after, strict=True):
            yield grown(name, *each)

    def _names(self) -> list[str]:
        source = f'source="{self.name}"'
        match self.signal:
            case "quality":
                name = f"facegraph_source_quality_bucket{{{source}, "
                return [name + f'le="{le}"}}' for le in bounds(instruments.source_quality)]
            case "similarity":
                name = f'facegraph_source_similarity_bucket{{{source}, decision="match", '
                return [name + f'le="{le}"}}' for le in bounds(instruments.source_similarity)]
        return [
            f'facegraph_source_photos_total{{{source}, outcome="{outcome}"}}'
            for outcome in ("no_face", "acquired")
        ]


class Acquiring(Camera):
    """One whose photos are counted as failures and others, each for itself."""

    def series(self) -> Iterator[dict[str, str]]:
        """Yield what Prometheus would have scraped of it."""
        for name, *shares in zip(self._names(), self.before, self.after, strict=True):
            yield grown(name, *(share * self.photos / 100 for share in shares))


def bounds(histogram: Any) -> list[str]:
    """Return the bounds of a histogram as they are exported."""
    return ["+Inf" if bound == float("inf") else str(bound) for bound in histogram._upper_bounds]


def grown(name: str, before: float, after: float) -> dict[str, str]:
    """Return a counter that grew by so much in five minutes, and in the end by another."""
    stood = before * BEFORE
    values = f"0+{before}x{BEFORE} {stood + after}+{after}x{AFTER - 1}"
    return {"series": name, "values": values}


CAMERAS: Final = [
    Camera("same", "quality", GOOD, GOOD, 40, fires=False),
    Camera("blurred", "quality", GOOD, POOR, 40, fires=True),
    Camera("mended", "quality", POOR, GOOD, 40, fires=False),
    Camera("little-blurred", "quality", GOOD, (0, 0, 2, 8, 10, 20, 30, 20, 7, 3), 400, fires=False),
    Camera("seldom-blurred", "quality", GOOD, POOR, 4, fires=True),
    Camera("too-seldom-blurred", "quality", GOOD, POOR, 2, fires=False),
    Camera("same-people", "similarity", GOOD, GOOD, 40, fires=False),
    Camera("other-people", "similarity", GOOD, POOR, 40, fires=True),
    Camera("other", "quality", GOOD, POOR, 40, fires=False),
    Acquiring("steady", "acquisition", (2, 98), (2, 98), 40, fires=False),
    Acquiring("failing", "acquisition", (2, 98), (10, 90), 40, fires=True),
    Acquiring("first-failing", "acquisition", (0, 100), (10, 90), 40, fires=True),
    Acquiring("recovered", "acquisition", (10, 90), (2, 98), 40, fires=False),
    Acquiring("little-failing", "acquisition", (2, 98), (4, 96), 400, fires=False),
]


def drifts_of(camera: Camera) -> dict[str, Any]:
    """Return what the rules have to record of a camera, to three decimals."""
    drifts = {} if camera.name == "other" else camera.drifts()
    named = f'signal="{camera.signal}", source="{camera.name}"'
    return {
        "eval_time": NOW,
        "expr": f'round(facegraph:drift{{source="{camera.name}"}}, 0.001)',
        "exp_samples": [
            {
                "labels": f'{{{named}, window="{window}"}}',
                "value": round(value, 3),
            }
            for window, value in drifts.items()
        ],
    }


def alerts_of(camera: Camera) -> dict[str, Any]:
    """Return whether an alert fires of a camera."""
    told = (
        'ALERTS{alertname="FacegraphScoreDrift", alertstate="firing", severity="ticket", '
        f'signal="{camera.signal}", source="{camera.name}"}}'
    )
    return {
        "eval_time": NOW,
        "expr": f'ALERTS{{source="{camera.name}"}}',
        "exp_samples": [{"labels": told, "value": 1}] if camera.fires else [],
    }


def test_the_rules_compute_what_python_computes(tmp_path: Path) -> None:
    """To three decimals, of an hour and of a day; and who became worse alarms, nobody else."""
    scenario = {
        "interval": "5m",
        "input_series": [each for camera in CAMERAS for each in camera.series()],
        "promql_expr_test": [
            *map(drifts_of, CAMERAS),
            *map(alerts_of, CAMERAS),
        ],
    }
    rules = {"rule_files": [str(SHIPPED / "rules.yml")], "evaluation_interval": "1h"}
    path = tmp_path / "test.yml"
    path.write_text(yaml.safe_dump(rules | {"tests": [scenario]}))
    command = [program("promtool"), "test", "rules", str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout + ran.stderr
