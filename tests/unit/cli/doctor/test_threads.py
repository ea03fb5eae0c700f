"""What is said of threads, shares and GPUs."""

import psutil
import pytest
from ray.serve.schema import ServeDeploySchema

from cli.doctor import threads
from cli.doctor.findings import Level
from cli.doctor.replicas import cpus, most_in_a_rollout, most_replicas
from tests.unit.cli.doctor.cases import MakeCase, only, shipped_with, told


@pytest.fixture(autouse=True)
def _two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the machine have two cores, all of which may be used, and no GPU."""
    monkeypatch.setattr(psutil, "cpu_count", lambda: 2)
    monkeypatch.setattr(threads, "usable_cores", lambda _: 2.0)
    monkeypatch.setattr(threads, "gpus_seen", lambda: 0)


def test_replicas_of_the_shipped_file(make: MakeCase) -> None:
    """At most, and while a rollout goes on; what a file does not name has Ray's defaults."""
    schema = make().schema
    assert [most_replicas(schema, name) for name in ("Embedder", "Limiter")] == [2, 1]
    assert [most_in_a_rollout(schema, name) for name in ("Embedder", "Telemetry")] == [3, 1]
    assert [cpus(schema, name) for name in ("Embedder", "Limiter")] == [0.4, 0.0]
    bare = ServeDeploySchema.model_validate(
        {"applications": [{"name": "a", "import_path": "a:b", "deployments": []}]}
    )
    assert (most_replicas(bare, "Embedder"), cpus(bare, "Embedder")) == (1, 1.0)


@pytest.mark.parametrize(
    ("variables", "level"),
    [
        ({}, "good"),
        ({"OMP_NUM_THREADS": "1"}, "good"),
        ({"OMP_NUM_THREADS": "8"}, "doubtful"),
        ({"OPENBLAS_NUM_THREADS": "4,2"}, "doubtful"),
        ({"MKL_NUM_THREADS": "many"}, "good"),
        ({"OMP_WAIT_POLICY": "ACTIVE"}, "doubtful"),
        ({"OMP_WAIT_POLICY": "PASSIVE"}, "good"),
    ],
)
def test_thread_variables(make: MakeCase, variables: dict[str, str], level: Level) -> None:
    """More threads than an embedder was given, or threads that spin, are named."""
    finding = only(threads.thread_variables(make(**variables)))

    assert finding.level == level
    assert level == "good" or next(iter(variables)) in finding.found


@pytest.mark.parametrize(
    ("share", "levels"),
    [
        ("num_cpus: 0.4", ("good", "good")),
        ("num_cpus: 0.6", ("good", "doubtful")),
        ("num_cpus: 1.0", ("good", "bad")),
        ("num_cpus: 2.0", ("bad", "bad")),
    ],
)
def test_shares_of_two_cores(make: MakeCase, share: str, levels: tuple[Level, Level]) -> None:
    """Threads that compute need cores; shares need room, and in a rollout more of it."""
    findings = told(threads.cpu_shares(make(config=shipped_with(("num_cpus: 0.4", share)))))
    assert (findings["embedder threads"].level, findings["shares"].level) == levels


@pytest.mark.parametrize(
    ("share", "seen", "level"),
    [
        ("num_cpus: 0.4", 0, "good"),
        ("num_cpus: 0.4", 1, "doubtful"),
        ("num_gpus: 0.5", 1, "good"),
        ("num_gpus: 1.0", 1, "doubtful"),
        ("num_gpus: 1.0", 0, "bad"),
    ],
)
def test_gpus(
    make: MakeCase, monkeypatch: pytest.MonkeyPatch, share: str, seen: int, level: Level
) -> None:
    """What all embedders ask for, against what is here."""
    monkeypatch.setattr(threads, "gpus_seen", lambda: seen)
    config = shipped_with(("num_cpus: 0.4", share))
    assert only(threads.gpus(make(config=config))).level == level
