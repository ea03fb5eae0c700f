"""A calibration as statistics would return it, and what stands in for them at the seam."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from evaluation.calibration.findings import (
    Acquisition,
    Calibration,
    Controls,
    Dataset,
    Histogram,
    Machinery,
    OperatingPoint,
    Rate,
)

SUPPORTED = OperatingPoint(
    1e-2,
    True,
    threshold=0.34567,
    fmr=Rate(31, 5000, 0.0062, 0.004, 0.009, 0.005, 0.008),
    fnmr=Rate(2, 50, 0.04, 0.01, 0.2, 0.01, 0.13),
)
REFUSED = OperatingPoint(1e-6, False, refusal="not supported by this data: it takes 3,000,000")
ACQUISITION = Acquisition(
    Rate(3, 204, 3 / 204, 0.005, 0.04, 0.005, 0.04),
    Rate(0, 102, 0.0, 0.0, 0.04, 0.0, 0.04),
    {"no_face": 1, "low_quality: blurred": 2},
)
NO_PHOTOS = Acquisition(
    Rate(0, 0, 0.0, 0.0, 1.0, 0.0, 1.0), Rate(0, 0, 0.0, 0.0, 1.0, 0.0, 1.0), {}
)
MACHINERY = Machinery("opencv_zoo", "sha256:d", "1-640-twice", 128, "cpu", "standard", {}, "abc")


def calibration(
    *points: OperatingPoint,
    acquisition: Acquisition = ACQUISITION,
    machinery: Machinery = MACHINERY,
) -> Calibration:
    """Return what was found, with these operating points."""
    return Calibration(
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        dataset=Dataset("folder", "portraits", "sha256:e", 102, 204, 102, 20604),
        machinery=machinery,
        acquisition=acquisition,
        controls=Controls(0.5, 0, 0, ()),
        operating_points=points,
        finer_points=(),
        equal_error_rate=0.0,
        curve=(),
        histogram=Histogram((-1.0, 1.0), (102,), (20604,)),
        galleries=(),
        largest_galleries=(),
    )


class TooLittle(ValueError):
    """Stands in for what statistics raise of too few people."""


@dataclass
class Statistics:
    """Takes what `calibrate`, `calibrate_scores` and `write` are called with, and finds nothing."""

    points: tuple[OperatingPoint, ...] = (SUPPORTED, REFUSED)
    asked: tuple[Any, ...] = ()
    named: dict[str, Any] = field(default_factory=dict)
    then: Callable[[dict[str, Any]], None] = lambda _: None

    def calibrate(self, *asked: Any, **named: Any) -> Calibration:
        """Remember, and return what there would be."""
        self.asked, self.named = asked, named
        self.then(named)
        return calibration(*self.points)

    def write(self, found: Calibration, folder: Path) -> Path:
        """Write a report of one word."""
        del found
        path = folder / "report.json"
        path.write_text("found")
        return path


def listening(monkeypatch: pytest.MonkeyPatch) -> Statistics:
    """Put statistics and report, which others compute, aside for one test."""
    statistics = Statistics()
    seam: dict[str, dict[str, Any]] = {
        "calibrate": {
            "calibrate": statistics.calibrate,
            "calibrate_scores": statistics.calibrate,
            "Examine": object,
        },
        "material": {"TooLittle": TooLittle},
        "document": {"write": statistics.write},
    }
    for name, members in seam.items():
        module = ModuleType(name)
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, f"evaluation.calibration.{name}", module)
    # It is imported anew, with what stands in.
    monkeypatch.delitem(sys.modules, "cli.calibrate.work", raising=False)
    return statistics
