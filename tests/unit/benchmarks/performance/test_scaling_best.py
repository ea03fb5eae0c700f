"""The best setting serves most; among those alike it is the one with least CPU a photo."""

from pathlib import Path

import pytest

from benchmarks.performance.scaling.best import best, judged
from benchmarks.performance.scaling.points import SMALL, Point, Setting
from benchmarks.performance.scaling.shipped_setting import shipped_setting
from tests.unit.benchmarks.performance.scaling_points import measured, point_of


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([point_of(1, 1, 8, 80), point_of(2, 1, 8, 160)], (2, 1, 8)),
        ([point_of(1, 2, 8, 160, cpu=11), point_of(2, 1, 8, 163, cpu=13)], (1, 2, 8)),
        ([point_of(1, 2, 8, 140, cpu=11), point_of(2, 1, 8, 163, cpu=13)], (2, 1, 8)),
    ],
)
def test_most_photos_count_and_then_the_cpu(
    points: list[Point], expected: tuple[int, int, int]
) -> None:
    """A difference within noise decides nothing."""
    found = best(points).setting
    assert (found.processes, found.threads, found.batch) == expected


def test_only_what_a_service_can_be_set_to_competes() -> None:
    """Replicas kept to one core of two measure the model, and are no choice."""
    kept = measured(Setting(2, 1, 1, 8, SMALL, "check"), times=100)
    chosen = point_of(2, 1, 8, 160)
    assert best([kept, chosen]) is chosen


@pytest.mark.parametrize(("rate", "stands"), [(160.0, True), (153.0, True), (151.0, False)])
def test_what_is_shipped_stands_where_nothing_serves_more(rate: float, stands: bool) -> None:
    """But for noise."""
    points = [point_of(2, 1, 8, rate, cpu=50), point_of(2, 1, 4, 160)]
    found = judged(points, processes=2, threads=1, batch=8)
    assert found.shipped is points[0]
    assert found.stands is stands


def test_what_was_not_measured_is_not_judged() -> None:
    """A shipped setting beside the grid is an error, no verdict."""
    with pytest.raises(LookupError, match="was not measured"):
        judged([point_of(2, 1, 8, 160)], processes=2, threads=1, batch=16)


@pytest.mark.parametrize(("cpus", "threads"), [(0.4, 1), (1.0, 1), (2.5, 2)])
def test_what_is_shipped_is_read_from_the_file(tmp_path: Path, cpus: float, threads: int) -> None:
    """Whole CPUs of the share are threads, one at least."""
    path = tmp_path / "serve_config.yaml"
    path.write_text(
        "applications: [{deployments: [{name: Ingress}, {name: Embedder,"
        " autoscaling_config: {max_replicas: 3}, user_config: {max_batch_size: 4},"
        f" ray_actor_options: {{num_cpus: {cpus}}}}}]}}]"
    )
    found = shipped_setting(path)
    assert (found.max_replicas, found.threads, found.max_batch_size) == (3, threads, 4)


def test_the_shipped_setting_is_on_the_grid() -> None:
    """What serve_config.yaml says is one of the settings that two cores are measured with."""
    found = shipped_setting()
    points = [point_of(processes, 1, batch, 1.0) for processes in (1, 2) for batch in (1, 4, 8)]
    told = judged(
        points, processes=found.max_replicas, threads=found.threads, batch=found.max_batch_size
    )
    assert told.shipped in points
