"""What came of probes is judged by the nearest of all, and by whether the decision was right."""

import numpy as np
import pytest

from benchmarks.performance.database.asking import (
    MATED,
    STRANGERS,
    Answers,
    figures,
    of_kind,
    percentiles,
)
from benchmarks.performance.database.probes import Floats, Probes
from benchmarks.performance.database.writes import figures as written
from deployments.messages.matcher import Decision, Verdict

Seen = tuple[float, float, float | None, Decision]


def answers(*seen: Seen) -> Answers:
    """Return the answers to probes: cosine to the mate, to the nearest, to who was found first."""
    cosines, nearest = (np.array([each[at] for each in seen], np.float64) for at in range(2))
    verdicts = tuple(Verdict(decision, (), first) for _, _, first, decision in seen)
    milliseconds: Floats = np.arange(1, len(seen) + 1) / 1000
    probes = Probes(np.zeros((len(seen), 2), np.float32), cosines, nearest)
    return Answers(probes, milliseconds, verdicts, seconds=1.0, cpu_seconds=0.004)


FOUND: Seen = (0.7, 0.7001, 0.7001, "match")
MISSED: Seen = (0.7, 0.7001, 0.21, "no_match")
REFUSED: Seen = (0.0, 0.25, 0.25, "no_match")
REFUSED_BY_ANOTHER: Seen = (0.0, 0.25, 0.24, "no_match")
FALSELY_MATCHED: Seen = (0.0, 0.31, 0.31, "match")


def test_recall_is_of_mated_probes_and_of_strangers_apart() -> None:
    """One of two mates is found, and two of three strangers' nearest faces."""
    told = figures(answers(FOUND, REFUSED, MISSED, REFUSED_BY_ANOTHER, FALSELY_MATCHED))
    mated, strangers = told[MATED], told[STRANGERS]
    assert (mated["probes"], strangers["probes"]) == (2, 3)
    assert mated["recall"] == mated["right"] == 0.5
    assert strangers["recall"] == strangers["right"] == pytest.approx(2 / 3)


def test_latencies_are_of_mated_probes_and_of_strangers_apart() -> None:
    """1 and 3 ms are the mates', 2 and 4 ms the strangers'."""
    told = figures(answers(FOUND, REFUSED, FOUND, REFUSED))
    assert told[MATED]["p50 ms"] == pytest.approx(2)
    assert told[STRANGERS]["p50 ms"] == pytest.approx(3)


def test_a_search_that_finds_nobody_recalls_nobody() -> None:
    """An index may give up; that is a miss and no error."""
    assert of_kind(MATED, answers((0.7, 0.7, None, "no_match")))["recall"] == 0.0


def test_of_what_was_not_asked_nothing_is_told() -> None:
    """A share of no probes is none."""
    assert STRANGERS not in figures(answers(FOUND))


def test_several_lots_are_told_of_together() -> None:
    """Their latencies are one distribution, and PostgreSQL's time is shared by all searches."""
    told = figures(answers(FOUND, MISSED, FOUND), answers(FOUND))
    assert told[MATED]["recall"] == 0.75
    assert told[MATED]["p50 ms"] == pytest.approx(1.5)
    assert told["PostgreSQL CPU ms"] == pytest.approx(2)


def test_percentiles_are_in_milliseconds() -> None:
    """Of a hundred and one latencies from 0 to 1 s each stands at its own hundredth."""
    told = percentiles(np.linspace(0, 1, 101))
    assert told == {"p50 ms": 500.0, "p95 ms": pytest.approx(950), "p99 ms": pytest.approx(990)}


def test_a_rate_of_writes_is_of_one_after_another() -> None:
    """Three that take 10, 10 and 20 ms are 75 a second."""
    told = written([0.01, 0.01, 0.02])
    assert (told["people"], told["p50 ms"]) == (3, pytest.approx(10))
    assert told["a second"] == pytest.approx(75)
