"""The statistic that tells a camera that became worse from chance."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from deployments.instruments import TO_SOURCE_QUALITY
from evaluation.drift import ALPHA, of_failures, of_scores
from evaluation.drift_trials import (
    CHANGES,
    Drift,
    Shares,
    alarms_of,
    failing,
    normal,
    photos_to_alarm,
    table,
)

GOOD = np.array([10.0, 40.0, 100.0])
POOR = np.array([50.0, 80.0, 100.0])
NAMED = {change.name: change for change in CHANGES}
DECISION = Path(__file__).parents[3] / "docs/decisions/0017-drift.md"


@pytest.fixture
def chance() -> np.random.Generator:
    """Return chance that is the same each time."""
    return np.random.default_rng(17)


@pytest.mark.parametrize(
    ("recent", "reference", "alarms"),
    [
        (POOR, 10 * GOOD, True),
        (GOOD, 10 * GOOD, False),
        (GOOD, 10 * POOR, False),
        (100 * GOOD + [0, 2400, 0], 100 * GOOD, False),
    ],
    ids=["worse", "same", "better", "a little worse, in many photos"],
)
def test_scores(recent: np.ndarray, reference: np.ndarray, alarms: bool) -> None:
    """Only what is lower than before alarms, and no trifle."""
    assert bool(of_scores(recent, reference) >= 1) is alarms


@pytest.mark.parametrize(
    ("recent", "reference", "alarms"),
    [
        ([50, 200], [28, 1400], True),
        ([4, 200], [28, 1400], False),
        ([4, 200], [350, 1400], False),
        ([900, 20000], [2800, 140000], False),
        ([30, 30], [200, 200], False),
    ],
    ids=["worse", "same", "better", "a little worse, in many photos", "nothing but failures"],
)
def test_failures(recent: list[int], reference: list[int], alarms: bool) -> None:
    """Only more failures than before alarm, and no trifle."""
    assert bool(of_failures(np.array(recent), np.array(reference)) >= 1) is alarms


@pytest.mark.parametrize("drift", [of_scores, of_failures])
@pytest.mark.parametrize(("recent", "reference"), [(29, 2000), (300, 199), (0, 2000), (30, 0)])
def test_too_few(drift: Drift, recent: int, reference: int) -> None:
    """Of fewer photos nothing is said."""
    counts = np.array([recent, recent]), np.array([0, reference])

    assert np.isnan(drift(*counts))


@pytest.mark.parametrize("alpha", [1e-2, 1e-3])
@pytest.mark.parametrize(
    ("shares", "drift"),
    [
        (normal(0.8, 0.1, TO_SOURCE_QUALITY), of_scores),
        (normal(0.9, 0.02, TO_SOURCE_QUALITY), of_scores),
        (failing(0.02), of_failures),
        (failing(0.2), of_failures),
    ],
    ids=["scores", "narrow scores", "seldom failing", "often failing"],
)
def test_a_camera_that_is_as_it_was(
    shares: Shares, drift: Drift, alpha: float, chance: np.random.Generator
) -> None:
    """False alarms, of both windows together, are at most alpha an hour.

    Tried where alpha is so great that there are any: at forty photos an hour, a year of it.
    """
    alarms = alarms_of(shares, drift, 40, days=365, alpha=alpha, chance=chance)

    assert alarms <= alpha * 365 * 24


@pytest.mark.parametrize(
    ("shares", "drift"),
    [(normal(0.8, 0.1, TO_SOURCE_QUALITY), of_scores), (failing(0.02), of_failures)],
)
def test_three_years_without_an_alarm(
    shares: Shares, drift: Drift, chance: np.random.Generator
) -> None:
    """As shipped, a camera that is as it was alarms once in a hundred years, and not in three."""
    assert alarms_of(shares, drift, 40, days=1095, alpha=ALPHA, chance=chance) == 0


@pytest.mark.parametrize("share", [0.0005, 0.002, 0.01, 0.05, 0.1, 0.3])
@pytest.mark.parametrize(
    ("photos", "before"), [(30, 200), (200, 200), (200, 1400), (1000, 1000), (1000, 2000)]
)
def test_failures_by_chance(share: float, photos: int, before: int) -> None:
    """Where the curve of the normal is a poor one, exactly: a look alarms less often than alpha."""
    failures, failures_before = np.arange(photos + 1.0), np.arange(before + 1.0)
    recent = np.stack([failures, np.full_like(failures, photos)], axis=-1)
    reference = np.stack([failures_before, np.full_like(failures_before, before)], axis=-1)
    alarms = of_failures(recent[:, None], reference[None]) >= 1
    likely = binom.pmf(failures, photos, share)[:, None] * binom.pmf(failures_before, before, share)

    assert likely[alarms].sum() <= ALPHA


@pytest.mark.parametrize(
    ("name", "photos"),
    [
        ("quality 0.80 → 0.70", 80),
        ("quality 0.80 → 0.60", 30),
        ("similarity of matches 0.65 → 0.55", 200),
        ("failures 2 % → 10 %", 450),
        ("failures 2 % → 30 %", 65),
    ],
)
def test_a_camera_that_became_worse(name: str, photos: int, chance: np.random.Generator) -> None:
    """Nineteen of twenty alarm within so many photos."""
    needed = photos_to_alarm(NAMED[name], 200, chance)

    assert np.quantile(needed, 0.95) <= photos


def test_a_change_that_is_a_trifle(chance: np.random.Generator) -> None:
    """Half a standard deviation of quality is for people to judge: most cameras do not alarm."""
    needed: np.ndarray = photos_to_alarm(NAMED["quality 0.80 → 0.75"], 200, chance)

    assert np.mean(np.isinf(needed)) > 0.5


def test_the_table_is_what_was_computed() -> None:
    """The decision shows how soon cameras alarm, as it comes out today."""
    assert "\n".join(table()) in DECISION.read_text()
