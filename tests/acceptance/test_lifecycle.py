"""Starting, stopping, crashing, and starting again."""

import os
import signal
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
import yaml

from tests.acceptance.attacks import (
    assert_attacks_are_refused,
    assert_attacks_were_counted,
    let_check_liveness,
)
from tests.acceptance.conftest import (
    DEFAULT,
    ROOT,
    Running,
    enrol,
    facegraph,
    names,
    running_covered,
    send,
)


def test_a_service_of_ones_own_tuning_survives_a_crash(
    data_dir: Path, portrait: bytes, tmp_path: Path
) -> None:
    """Given a queue of one, it answers 429 at capacity; given a liveness model, it refuses attacks.

    A second start on its folder is refused. What was acknowledged is there after SIGKILL and a new
    start, without the tuning, and no process of the old one.
    """
    tuned = tuned_copy(tmp_path, "Embedder", max_queued=1, max_batch_size=1)
    let_check_liveness(tuned)
    with running_covered(data_dir, FACEGRAPH_SERVE_CONFIG=str(tuned)) as first:
        assert_a_second_start_is_refused(first)
        assert_attacks_are_refused(first, portrait)
        assert_floods_are_refused(first, portrait)
        assert_attacks_were_counted(first)
        assert enrol(first.client, DEFAULT, "astronaut", portrait).status_code == 201
        started = psutil.Process(first.process.pid).children(recursive=True)
        first.stop(signal.SIGKILL)
    (data_dir / "up.log").unlink()
    with running_covered(data_dir) as second:
        _, left = psutil.wait_procs(started, timeout=10)
        assert left == []
        assert names(send(second.client, f"{DEFAULT}/identify", portrait)) == ["astronaut"]
        assert_ends_with_its_database(second)


def assert_ends_with_its_database(up: Running) -> None:
    """When the embedded server is killed, it says so and exits 1, instead of lingering."""
    postmaster = int((up.data_dir / "postgres/postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)

    assert up.process.wait(timeout=60) == 1
    assert "postgres has ended" in (up.data_dir / "up.log").read_text()
    assert up.processes() == []


@pytest.mark.parametrize("written", ["max_ongoing_requests: 256  #", "pack: opencv_zoo"])
def test_mistyped_configuration_does_not_start(
    data_dir: Path, tmp_path: Path, written: str
) -> None:
    """A key nobody knows stops the start, and the message names it."""
    path = tmp_path / "mistyped.yaml"
    path.write_text((ROOT / "serve_config.yaml").read_text().replace(written, f"x{written}", 1))
    environment = os.environ | {
        "FACEGRAPH_DATA_DIR": str(data_dir),
        "FACEGRAPH_SERVE_CONFIG": str(path),
    }
    up = subprocess.run(
        facegraph("up"), env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert up.returncode == 1
    assert f"x{written.split(':', maxsplit=1)[0]}" in up.stderr


def assert_floods_are_refused(up: Running, portrait: bytes) -> None:
    """Of many at once some are served and the others told to come back: 200 and 429, no else."""
    with ThreadPoolExecutor(24) as pool:
        ask = [pool.submit(send, up.client, f"{DEFAULT}/identify", portrait) for _ in range(24)]
        answers = [future.result() for future in ask]
    refused = [answer for answer in answers if answer.status_code == 429]

    assert set(Counter(answer.status_code for answer in answers)) == {200, 429}
    assert {answer.json()["code"] for answer in refused} == {"overloaded"}
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)


def assert_a_second_start_is_refused(up: Running) -> None:
    """Another service on the same data directory ends in one line; the first goes on."""
    environment = os.environ | {"FACEGRAPH_DATA_DIR": str(up.data_dir), "FACEGRAPH_PORT": "0"}
    second = subprocess.run(
        facegraph("up"), env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert second.returncode == 1
    assert "another service runs" in second.stderr
    assert "Traceback" not in second.stderr
    assert up.client.get("/v1/health/ready").status_code == 200


def tuned_copy(folder: Path, deployment: str, **user_config: int) -> Path:
    """Write a copy of the shipped configuration with other tuning of one deployment."""
    document = yaml.safe_load((ROOT / "serve_config.yaml").read_text())
    for each in document["applications"][0]["deployments"]:
        if each["name"] == deployment:
            each["user_config"] |= user_config
    path = folder / "serve_config.yaml"
    path.write_text(yaml.safe_dump(document))
    return path
