"""Contenders are held against each other at one point, run by run."""

import pytest

from benchmarks.performance.end_to_end import compared, judged
from benchmarks.performance.end_to_end.contenders import DEFAULTS, DESCRIBED, OURS, TUNED
from tests.unit.benchmarks.performance.end_to_end_found import found, quick


def test_parts_that_a_reader_sees_as_one_are_added_up() -> None:
    """Decoding is the embedder's, and whatever has no name of its own is Ray's; nothing is lost."""
    shares = compared.shares(found(), OURS)
    assert shares == {
        "embedder": 12.0, "ingress": 2.0, "matcher": 1.0, "PostgreSQL": 3.0, "Ray": 2.0
    }  # fmt: skip
    assert compared.cpu(found(), OURS) == pytest.approx(20.0)


def test_the_better_rival_as_described_is_the_one_to_beat() -> None:
    """One worker or four, whichever answers more, of those that were measured."""
    assert compared.described(found()) == DESCRIBED[4]
    assert compared.described(quick()) == DESCRIBED[1]


def test_identical_runs_tell_the_noise() -> None:
    """Their distance, as a share of their mean; of one run there is none."""
    assert compared.spread([100.0, 110.0]) == pytest.approx(10 / 105)
    assert compared.spread([100.0]) is None


def test_ratios_are_of_runs_at_the_same_place() -> None:
    """The first of ours against the first of theirs, the second against the second."""
    named = {name.split(" / ")[1]: ratio for name, ratio in judged.ratios(found()).items()}
    assert named == {
        judged.AS_DESCRIBED: pytest.approx([4.0, 4.4]),
        TUNED: pytest.approx([2.0, 2.2]),
        DEFAULTS: pytest.approx([1.25, 1.375]),
        judged.LOOP: pytest.approx([100 / 150, 110 / 170]),
    }


def test_a_quick_run_has_ratios_of_whom_it_measured() -> None:
    """Ray's defaults are left out of it."""
    assert not any(DEFAULTS in name for name in judged.ratios(quick()))


def test_what_is_no_inference_is_what_the_bare_loop_does_without() -> None:
    """20 ms of CPU, of which the bare loop takes 13."""
    assert judged.overhead_ms(found()) == pytest.approx(7.0)


def test_each_target_says_whether_it_was_met() -> None:
    """Throughput at least, percentile and cost at most; a miss is told as one."""
    rows = [row for row in judged.targets(found()) if row["at_least"] or row["at_most"]]
    assert [(row["measured"], row["met"]) for row in rows] == [
        (pytest.approx(2.4), False),
        (pytest.approx(0.375), False),
        (pytest.approx(1.2), False),
        (pytest.approx(0.75), False),
        (pytest.approx(7.0), True),
        (pytest.approx(5.0), True),
    ]


def test_what_sees_less_than_stock_is_no_answer_to_a_target() -> None:
    """Targets are of the same detector input; what is shipped is reported beside them."""
    rows = [row for row in judged.targets(found()) if row["at_least"] is row["at_most"] is None]
    assert [row["measured"] for row in rows] == pytest.approx([4.2, 0.25, 2.1, 0.5])


def test_later_rounds_count_alike() -> None:
    """A result may have any number of them; one of two rounds has the point by itself."""
    whole, three = found(), found()
    three["again"] = {OURS: [whole["again"][OURS]] * 2}
    assert compared.rates(whole, OURS) == [100, 110]
    assert compared.rates(three, OURS) == [100, 110, 110]
    assert compared.rates(three, TUNED) == [50]
