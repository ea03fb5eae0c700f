"""The model finds the numbers that points were made from, and is judged on others."""

from dataclasses import replace

import pytest

from benchmarks.performance.scaling import fit
from benchmarks.performance.scaling.points import SMALL, Setting, point
from tests.unit.benchmarks.performance.scaling_points import TRUTH, all_points, measured


def test_numbers_are_found_again() -> None:
    """Points without noise give exactly the work and the contention they were made from."""
    found = fit.fitted(all_points(4))
    assert found.model_dump() == pytest.approx(TRUTH.model_dump())


def test_held_out_points_are_predicted() -> None:
    """Where the model is true it is right on points it has not seen, to the last digit."""
    points = all_points(4)
    checks = fit.checks(points, fit.fitted(points))
    assert checks
    assert [check.error for check in checks] == pytest.approx([0.0] * len(checks))


def test_what_is_held_out_changes_no_number() -> None:
    """A check that is far off makes an error of that size, and leaves the fit as it was."""
    points = all_points(4)
    odd = next(one for one in points if one.setting.role == "check")
    spoilt = [
        replace(one, photos_a_second=2 * one.photos_a_second) if one is odd else one
        for one in points
    ]
    model = fit.fitted(spoilt)
    assert model == fit.fitted(points)
    (error,) = (
        check.error for check in fit.checks(spoilt, model) if check.point.setting == odd.setting
    )
    assert error == pytest.approx(-0.5)


def test_replicas_of_several_threads_are_no_part_of_the_model() -> None:
    """It knows nothing of them: they are neither fitted on nor checked."""
    points = all_points(2)
    several = [one for one in points if one.setting.threads > 1]
    assert {one.setting.role for one in several} == {"none"}
    assert len(fit.checks(points, fit.fitted(points))) < len(points) - len(several)


def test_one_core_tells_of_no_contention() -> None:
    """Without a busy neighbour there is nothing to fit, and 0 is said of one core."""
    found = fit.fitted(all_points(1, truth=TRUTH.model_copy(update={"cores": 1})))
    assert (found.contention, found.cores) == (0.0, 1)


def test_nobody_is_faster_for_a_neighbour() -> None:
    """Contention below 0 is noise."""
    quicker = TRUTH.model_copy(update={"contention": -0.05})
    assert fit.fitted(all_points(2, truth=quicker)).contention == 0.0


def test_nothing_is_fitted_on_nothing() -> None:
    """Points that keep one core busy are needed first."""
    with pytest.raises(ValueError, match="one busy core"):
        fit.fitted([measured(Setting(2, 2, 1, 8, SMALL, "fit"))])


def test_two_replicas_on_one_core_keep_one_busy() -> None:
    """They take turns: each has half, and a photo keeps the core as long as it did."""
    shared = measured(Setting(2, 1, 1, 8, SMALL, "check"))
    assert shared.setting.busy == 1
    assert fit.core_milliseconds(shared) == pytest.approx(12.0 + 2.0 / 8 + 0.5 * 0.25)


def test_a_point_is_told_and_read_again() -> None:
    """JSON keeps all of it."""
    told = measured(Setting(2, 2, 1, 4, SMALL, "check"))
    assert point(told.told()) == told


def test_a_model_knows_how_far_it_was_off() -> None:
    """The largest error of all checks, whichever way it goes."""
    points = all_points(2)
    doubled = [
        replace(one, photos_a_second=2 * one.photos_a_second)
        if one.setting.role == "check"
        else one
        for one in points
    ]
    assert fit.checked(doubled, fit.fitted(doubled)).unseen == pytest.approx(0.5)
