"""A run asks everybody what they are compared by, to and fro."""

import pytest

from benchmarks.performance.end_to_end.contenders import OURS
from benchmarks.performance.end_to_end.measuring import fastest
from benchmarks.performance.end_to_end.schedule import COMPARED, FULL, QUICK, Schedule
from benchmarks.rivals.hosting import Tuning, worth_trying
from cli.cluster import cpus_of_the_machine

both = pytest.mark.parametrize("schedule", [FULL, QUICK], ids=["full", "quick"])


@both
def test_all_are_asked_by_as_many_clients_as_they_are_compared_at(schedule: Schedule) -> None:
    """Whatever else is left out."""
    assert all(COMPARED in clients for clients in schedule.clients.values())
    assert set(schedule.again) <= set(schedule.clients)


@both
def test_ours_is_first(schedule: Schedule) -> None:
    """It is what people are enrolled through whom all are asked about."""
    assert next(iter(schedule.clients)) == OURS


@both
def test_the_second_round_goes_backwards(schedule: Schedule) -> None:
    """Who was measured early is measured late, so that drift favours nobody."""
    second = schedule.again[: schedule.again.index(OURS) + 1]
    assert second == tuple(name for name in reversed(tuple(schedule.clients)) if name in second)


def test_the_third_round_goes_forwards_again() -> None:
    """Three rounds of all that targets are about."""
    third = FULL.again[FULL.again.index(OURS) + 1 :]
    assert third == tuple(name for name in FULL.clients if name in third)


@both
def test_stages_and_the_median_of_one_client_are_always_measured(schedule: Schedule) -> None:
    """Targets and pictures need them."""
    assert {1, COMPARED} <= set(schedule.clients[OURS])


def test_a_hurried_run_says_what_it_leaves_out() -> None:
    """And a full one leaves out nothing."""
    assert QUICK.left_out
    assert not FULL.left_out


def test_tuned_is_the_setting_that_answered_most() -> None:
    """In this run, on this machine."""
    slow, quick = Tuning(1, 2, 1), Tuning(2, 1, 1)
    assert fastest({slow: 40.0, quick: 50.0}) == quick


def test_without_a_trial_every_core_has_a_photo() -> None:
    """The first of those worth trying."""
    assert fastest({}) == worth_trying(cpus_of_the_machine())[0]
