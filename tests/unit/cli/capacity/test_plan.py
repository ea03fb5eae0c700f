"""From a load to machines, on figures with which everything can be reckoned by hand."""

from dataclasses import replace

import pytest

from cli.capacity.known import Basis
from cli.capacity.plan import Load, Plan
from tests.unit.cli.capacity.made_up import FIGURES

# 25 ms a photo on busy cores: 100 a second are 2.5 cores of work, 5 cores half used.
LOAD = Load(
    rps=100,
    gallery=100_000,
    pack="buffalo_sc",
    photo_px=1000,
    cores_per_machine=2,
    headroom=0.5,
)


def plan(**changes: object) -> Plan:
    """Return the plan of that load with changes."""
    return Plan(replace(LOAD, **changes), FIGURES)  # type: ignore[arg-type]  # of names mypy cannot see


def value(of: Plan, what: str) -> float:
    """Return the number of a line by how it begins."""
    return next(line.known.value for line in of.lines() if line.what.startswith(what))


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("a photo", 25.0),  # 20 ms, slowed by a quarter
        ("a request", 5.0),
        ("a search", 3.5),
        ("embedders", 5),
        ("cores of the service", 6.0),  # and one for 100 x 5 ms, half used
        ("machines", 3),
        ("memory of all embedders", 1.5),
        ("memory of the rest", 3.0),  # a GB on each of three machines
        ("cores of PostgreSQL", 0.7),
        ("memory of PostgreSQL", 0.35),  # 120 MB of index, 110 of vectors, 20 of signs, and 100
        ("disk", 0.32),  # and 70 of rows
        ("building", 50 / 60),
        ("latency at one client", 30.0),
    ],
)
def test_each_line_is_what_can_be_reckoned_by_hand(what: str, expected: float) -> None:
    """Work by cores, cores by the share that may be used, whole replicas and machines."""
    assert value(plan(), what) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("changes", "what", "expected"),
    [
        ({"rps": 200}, "embedders", 10),
        ({"headroom": 0.25}, "embedders", 10),
        ({"rps": 0.001}, "embedders", 1),  # one at least
        ({"rps": 0.001}, "machines", 1),
        ({"rps": 101}, "embedders", 6),  # 5.05
        ({"cores_per_machine": 6}, "machines", 1),
        ({"cores_per_machine": 1}, "a photo", 20.0),  # no neighbour
        ({"photo_px": 2000}, "a photo", 36.25),  # 29 ms, slowed
        ({"photo_px": 2000}, "latency at one client", 39.0),
        ({"gallery": 10_000}, "latency at one client", 25.5),
        ({"gallery": 1_000_000}, "memory of PostgreSQL", 2.6),
        ({"gallery": 2_000_000}, "memory of PostgreSQL", 2.5),  # the index of these, and 100 MB
        ({"gallery": 2_000_000}, "disk", 6.4),
    ],
)
def test_what_is_asked_changes_what_it_takes(
    changes: dict[str, float], what: str, expected: float
) -> None:
    """More requests, fewer cores, larger photos, a smaller gallery."""
    assert value(plan(**changes), what) == pytest.approx(expected)


def test_who_waits_is_told() -> None:
    """Half busy embedders: latency alone, the slowed photo's 5 ms more, and some queue."""
    found = value(plan(), "latency at this load")
    assert 35.0 < found < 40.0


@pytest.mark.parametrize(
    ("cores", "shared", "fits"), [(2, False, True), (6, False, True), (7, True, True)]
)
def test_one_machine_does_all_where_it_has_the_cores(cores: int, shared: bool, fits: bool) -> None:
    """6 of the service and 0.7 of PostgreSQL are 7."""
    found = plan(cores_per_machine=cores)
    assert (found.shared, found.database_fits) == (shared, fits)


def test_a_database_larger_than_a_machine_is_told() -> None:
    """PostgreSQL is not spread over machines: 1,000 searches a second half use 7 cores."""
    assert not plan(rps=1000).database_fits


def test_the_pessimist_lets_contention_go_on() -> None:
    """Seventeen busy cores at five times the time: 100 x 100 ms at half use."""
    found = plan(cores_per_machine=17)
    assert found.pessimistic_replicas == 20
    assert found.replicas.value == 5


@pytest.mark.parametrize(
    ("changes", "what", "basis"),
    [
        ({}, "a request", Basis.measured),
        ({}, "a search", Basis.fitted),
        ({}, "embedders", Basis.fitted),
        ({}, "memory of PostgreSQL", Basis.fitted),
        ({}, "latency at this load", Basis.extrapolated),
        ({"cores_per_machine": 3}, "embedders", Basis.extrapolated),
        ({"cores_per_machine": 3}, "machines", Basis.extrapolated),
        ({"pack": "buffalo_l"}, "a photo", Basis.extrapolated),
        ({"pack": "buffalo_l"}, "memory of all embedders", Basis.extrapolated),
        ({"gallery": 5e6}, "disk", Basis.extrapolated),
        ({"gallery": 5e6}, "memory of PostgreSQL", Basis.extrapolated),
        ({"gallery": 5e6}, "embedders", Basis.fitted),
    ],
)
def test_what_was_not_measured_is_never_called_so(
    changes: dict[str, object], what: str, basis: Basis
) -> None:
    """A line is no surer than the least sure figure in it, and no less sure either."""
    (found,) = (line.known.basis for line in plan(**changes).lines() if line.what.startswith(what))
    assert found is basis
