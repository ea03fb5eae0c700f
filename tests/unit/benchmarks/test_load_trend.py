"""Growth is told from noise, outliers and warming up."""

import numpy as np
import pytest

from benchmarks.load.trend import trend

SECONDS = [10.0 * at for at in range(120)]
NOISE = np.random.default_rng(3).normal(0, 2, 120)


def test_what_stays_has_no_slope() -> None:
    """Noise about a level: the interval holds zero, and the middle did not move."""
    found = trend(SECONDS, (500 + NOISE).tolist())
    assert found.low < 0 < found.high
    assert abs(found.grown) < 2


def test_what_grows_has_its_slope_a_minute() -> None:
    """Three megabytes a minute are found, with an interval about them."""
    found = trend(SECONDS, (500 + 3 * np.array(SECONDS) / 60 + NOISE).tolist())
    assert found.slope == pytest.approx(3, abs=0.2)
    assert found.low < 3 < found.high
    assert found.grown == pytest.approx(30, abs=4)


def test_warming_up_is_no_growth() -> None:
    """A steep first quarter changes nothing."""
    values = 500 + NOISE
    values[:30] -= np.linspace(300, 0, 30)
    assert trend(SECONDS, values.tolist()) == trend(SECONDS, (500 + NOISE).tolist())


def test_an_outlier_changes_little() -> None:
    """A moment at which memory doubled and came back is no slope."""
    values = 500 + NOISE
    values[100] = 1000
    assert abs(trend(SECONDS, values.tolist()).slope) < 0.1
