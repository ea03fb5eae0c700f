"""A list in LFW's format, of scores whose distribution is known: the answer is known as well."""

from datetime import UTC, datetime
from math import ceil, floor

import numpy as np
import pytest

from evaluation.calibration.calibrate import calibrate
from evaluation.calibration.findings import Calibration
from evaluation.calibration.halves import halves
from evaluation.calibration.listed_pairs import ListedPairs, read_pairs
from evaluation.calibration.templates import Templates
from tests.unit.evaluation.calibration.crowd import MACHINERY, digest

PEOPLE, PAIRS = 60, 1500
GENUINE = 0.9
# Evenly from 0 to 0.6, in the middle between two thresholds, so that none is a tie.
IMPOSTORS = np.random.default_rng(0).permutation(PAIRS) * 4e-4 + 5e-5


@pytest.fixture(scope="module")
def who() -> list[tuple[int, int]]:
    """Return the two people of each impostor pair."""
    rng = np.random.default_rng(1)
    return [tuple(rng.choice(PEOPLE, 2, replace=False)) for _ in range(PAIRS)]


@pytest.fixture(scope="module")
def listed(who: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory) -> ListedPairs:
    """Write a list and its photos, one for each place in it, and read it."""
    root = tmp_path_factory.mktemp("lfw")
    taken = [0] * PEOPLE
    lines = [f"{PAIRS}"]

    def photo(person: int) -> int:
        taken[person] += 1
        path = root / f"P{person:02d}" / f"P{person:02d}_{taken[person]:04d}.jpg"
        path.parent.mkdir(exist_ok=True)
        path.touch()
        return taken[person]

    for at in range(PAIRS):
        person = at % PEOPLE
        lines.append(f"P{person:02d}\t{photo(person)}\t{photo(person)}")
    for one, other in who:
        lines.append(f"P{one:02d}\t{photo(one)}\tP{other:02d}\t{photo(other)}")
    (root / "pairs.txt").write_text("\n".join(lines) + "\n")
    return read_pairs(root / "pairs.txt")


@pytest.fixture(scope="module")
def found(listed: ListedPairs) -> Calibration:
    """Calibrate with vectors in the plane: the cosine of a pair is that of the angle between."""
    scores = np.concatenate([np.full(PAIRS, GENUINE), IMPOSTORS]).astype(np.float32)
    vectors = np.empty((len(listed.samples), 2), np.float32)
    vectors[listed.first] = (1, 0)
    vectors[listed.second] = np.stack([scores, np.sqrt(1 - scores**2)], axis=1)
    templates = Templates(
        tuple(sample.person for sample in listed.samples),
        tuple(digest(str(sample.path)) for sample in listed.samples),
        vectors,
    )
    pairs = listed.among(np.arange(len(listed.samples)))
    return calibrate(
        templates,
        MACHINERY,
        "pairs",
        "lfw",
        created_at=datetime(2026, 11, 27, tzinfo=UTC),
        pairs=pairs,
        resamples=200,
    )


def of_half(who: list[tuple[int, int]], half: int) -> list[float]:
    """Return the scores of the pairs both of whose people are in a half, highest first."""
    members = halves(PEOPLE, 0)[half].members
    inside = [all(person in members for person in pair) for pair in who]
    return sorted(IMPOSTORS[inside], reverse=True)


def test_the_threshold_is_exact(found: Calibration, who: list[tuple[int, int]]) -> None:
    """The grid's next number above the first impostor too many of the half that chooses."""
    choosing = of_half(who, 0)
    excess = choosing[floor(len(choosing) / 100)]

    assert found.operating_points[0].threshold == ceil(excess * 10_000) / 10_000
    assert found.operating_points[0].chosen_on == len(choosing)


def test_the_rates_are_exact(found: Calibration, who: list[tuple[int, int]]) -> None:
    """Those of the other half, and no genuine pair fails."""
    point, tried = found.operating_points[0], of_half(who, 1)
    assert point.threshold is not None
    assert point.fmr is not None
    assert point.fnmr is not None
    errors = sum(score >= point.threshold for score in tried)

    assert (point.fmr.errors, point.fmr.trials) == (errors, len(tried))
    assert (point.fnmr.errors, point.fnmr.trials) == (0, PAIRS // 2)
    assert point.fmr.low <= 1 - point.threshold / 0.6 <= point.fmr.high


def test_what_so_few_pairs_do_not_carry_is_refused(found: Calibration) -> None:
    """Some 380 impostor pairs a half: as LFW's 3,000 in all, they carry nothing below 1e-2."""
    supported = [each.target_fmr for each in found.operating_points if each.supported]

    assert supported == [1e-2]
