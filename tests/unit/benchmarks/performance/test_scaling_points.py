"""What is measured, and what of it judges the model, is settled before."""

import pytest

from benchmarks.performance.scaling.points import counts, settings


@pytest.mark.parametrize(
    ("cores", "expected"), [(1, [1]), (2, [1, 2]), (6, [1, 2, 4, 6]), (8, [1, 2, 4, 8])]
)
def test_replicas_are_tried_up_to_the_cores(cores: int, expected: list[int]) -> None:
    """By powers of two, and one a core."""
    assert counts(cores) == expected


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("cores", [1, 2, 6])
def test_nothing_is_measured_twice(cores: int, quick: bool) -> None:
    """Each setting has one point."""
    found = settings(cores, quick=quick)
    assert len(found) == len(set(found))


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("cores", [2, 6])
def test_some_points_fit_and_others_judge(cores: int, quick: bool) -> None:
    """Each kind of effect is fitted on, and each is judged on a point that it was not fitted on."""
    found = settings(cores, quick=quick)
    fit = [each for each in found if each.role == "fit"]
    check = [each for each in found if each.role == "check"]
    assert len({each.batch for each in fit if each.busy == 1}) > 1
    assert len({each.photos for each in fit if each.busy == 1}) > 1
    assert any(each.busy > 1 for each in fit)
    assert any(each.busy > 1 for each in check)
    assert any(each.processes > each.cores for each in check)
    assert not set(fit) & set(check)


@pytest.mark.parametrize("cores", [1, 2, 6])
def test_who_is_fitted_on_has_no_idle_core_beside(cores: int) -> None:
    """There its decoder would work, and a photo would seem to take less of a core than it does."""
    found = settings(cores, quick=False)
    assert [each for each in found if each.role != "none" and each.cores > each.processes] == []


def test_a_quick_run_measures_less_than_half() -> None:
    """And only what the model needs."""
    assert 2 * len(settings(2, quick=True)) < len(settings(2, quick=False))
