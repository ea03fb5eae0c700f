"""Limits stand where the rule says, on trials whose cosines are known."""

import numpy as np
import pytest

from deployments.messages.embedder import Face, Pose, Quality
from evaluation.quality_limits import (
    LOSS,
    MARGIN,
    Bin,
    Measure,
    Thresholds,
    curve,
    standard_limit,
    strict_limit,
    stricter,
)
from evaluation.quality_trials import CLEAN, MISSED, Trial

THRESHOLDS = Thresholds(verify=0.3, identify=0.4)
SIZE = Measure("size", lambda face: face.quality.size, 1, ("shrunk",))
YAW = Measure("yaw", lambda face: abs(face.quality.pose.yaw), -1, ("turned",))
POINT = ((0.0, 0.0),) * 5


def trial(degradation: str, value: float, cosine: float, *, found: bool = True) -> Trial:
    """Return a trial of a face with this size and, as well, this yaw."""
    quality = Quality(1.0, 1.0, 0.5, Pose(-value, 0, 0), value)
    face = Face((0.0, 0.0, 9.0, 9.0), POINT, 0.9, quality) if found else None
    return Trial("toy", degradation, value, face, cosine, 0.9 - cosine, np.zeros(1, np.float32))


def sloping(degradation: str, sign: int) -> list[Trial]:
    """Return 1,000 trials whose cosine goes with the value from 0 at 0 to 0.9 at 90, or back."""
    values = np.linspace(0, 90, 1000)
    return [trial(degradation, v, (v if sign > 0 else 90 - v) / 100) for v in values]


@pytest.mark.parametrize(("measure", "kind"), [(SIZE, "shrunk"), (YAW, "turned")])
def test_limits_stand_where_the_rule_says(measure: Measure, kind: str) -> None:
    """On a straight line both limits can be told beforehand, from either side."""
    bins = curve(sloping(kind, measure.better), measure, THRESHOLDS)
    at_standard = 100 * (THRESHOLDS.identify + MARGIN)
    at_strict = 100 * (0.9 - LOSS)
    expected = [at if measure.better > 0 else 90 - at for at in (at_standard, at_strict)]
    found = [standard_limit(bins, THRESHOLDS), strict_limit(bins)]
    assert found == pytest.approx(expected, abs=3)


def test_bins_count_errors_with_their_interval() -> None:
    """A bin of 60 of which 15 are under the verify threshold errs in a quarter."""
    trials = [trial("shrunk", 20, 0.2)] * 15 + [trial("shrunk", 20, 0.5)] * 45
    (found,) = curve(trials, SIZE, THRESHOLDS)
    assert (found.value, found.trials, found.errors) == (20, 60, 15)
    assert found.fnmr.low < 0.25 < found.fnmr.high
    assert (found.lowest, found.median) == (0.2, 0.5)


def test_only_what_drives_a_measure_counts() -> None:
    """Faces that are bad for another reason, or were not found, say nothing of this one."""
    trials = [
        trial(CLEAN, 90, 0.9),
        trial("shrunk", 40, 0.8),
        trial("turned", 40, 0.1),
        trial("shrunk", 5, MISSED, found=False),
    ]
    (found,) = curve(trials, SIZE, THRESHOLDS)
    assert found.trials == 2


def test_without_a_bad_bin_there_is_no_limit() -> None:
    """Data that show no loss support no limit."""
    bins = curve([trial("shrunk", 50, 0.9)] * 200, SIZE, THRESHOLDS)
    assert standard_limit(bins, THRESHOLDS) is None
    assert strict_limit(bins) is None


def test_where_all_is_bad_the_best_is_the_limit() -> None:
    """The limit never lies beyond what was seen."""
    bins: list[Bin] = curve([trial("shrunk", 50, 0.1)] * 200, SIZE, THRESHOLDS)
    assert standard_limit(bins, THRESHOLDS) == 50


@pytest.mark.parametrize(
    ("limits", "better", "expected"),
    [((20, 30), 1, 30), ((20, 30), -1, 20), ((None, 30), 1, 30), ((None, None), 1, None)],
)
def test_of_two_packs_the_stricter_need_counts(
    limits: tuple[float | None, ...], better: int, expected: float | None
) -> None:
    """A limit that refuses more is the higher one where more is better, else the lower one."""
    assert stricter(limits, better) == expected
