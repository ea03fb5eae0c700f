"""Starting, stopping, crashing, losing the database, and starting again."""

import asyncio
import os
import shlex
import signal
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import numpy as np
import pytest
import yaml

from cli import leftovers
from config.serve_environment import free_ports
from db.embedded import embedded_server
from db.gallery import Gallery
from db.migrate import migrate
from db.pool import open_pool
from deployments.messages import Consent, ModelBinding, NewIdentity, Pose, Quality, Template
from deployments.vision.catalogue import KNOWN
from deployments.vision.packs import Role
from deployments.vision.preparation import adopt
from tests.acceptance.conftest import (
    PASSWORD,
    ROOT,
    SCRIPTS,
    Running,
    enrol,
    eventually,
    facegraph,
    put_models,
    running,
    send,
)
from tests.unit.vision.photographs import STANDIN

DEFAULT = "/v1/collections/default"


def test_data_survive_a_crash_and_the_service_ends_with_its_database(
    data_dir: Path, portrait: bytes
) -> None:
    """What was acknowledged is there after SIGKILL and a new start.

    When then the embedded server is killed, the service says so and exits 1, instead of lingering.
    """
    with running(data_dir) as first:
        assert enrol(first.client, DEFAULT, "astronaut", portrait).status_code == 201
        first.stop(signal.SIGKILL)
    log = data_dir / "up.log"
    log.unlink()
    with running(data_dir) as second:
        found = send(second.client, f"{DEFAULT}/identify", portrait)
        eventually(lambda: "Ctrl-C ends it" in log.read_text())
        postmaster = int((data_dir / "postgres/postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
        status = second.process.wait(timeout=60)

    assert names(found) == ["astronaut"]
    assert status == 1
    assert "postgres has ended" in log.read_text()
    assert second.processes() == []


def test_database_elsewhere_is_lost_and_found(
    data_dir: Path, portrait: bytes, tmp_path: Path
) -> None:
    """A server reached by DATABASE_URL serves alike; without it 503, with it again all is well.

    The same service, given a queue of one, answers 429 at capacity. SIGTERM ends it cleanly.
    """
    elsewhere = data_dir / "elsewhere"
    tuned = tuned_copy(tmp_path, "Embedder", max_queued=1, max_batch_size=1)
    with ExitStack() as server:
        url = server.enter_context(embedded_server(elsewhere))
        with running(data_dir, DATABASE_URL=url, FACEGRAPH_SERVE_CONFIG=str(tuned)) as up:
            assert enrol(up.client, DEFAULT, "astronaut", portrait).status_code == 201
            assert names(send(up.client, f"{DEFAULT}/identify", portrait)) == ["astronaut"]
            assert not (data_dir / "postgres").exists()
            assert_floods_are_refused(up, portrait)

            server.close()
            lost = send(up.client, f"{DEFAULT}/identify", portrait)
            ready = up.client.get("/v1/health/ready")
            assert (lost.status_code, lost.json()["code"]) == (503, "unavailable")
            assert int(lost.headers["Retry-After"]) >= 1
            assert (ready.status_code, ready.json()["checks"]["matcher"] == "ok") == (503, False)

            server.enter_context(embedded_server(elsewhere))
            eventually(lambda: up.client.get("/v1/health/ready").status_code == 200)
            assert names(send(up.client, f"{DEFAULT}/identify", portrait)) == ["astronaut"]
            assert_ends_cleanly(up)


@pytest.mark.skipif(not STANDIN.is_dir(), reason="the 512-d stand-in pack is not at hand")
def test_another_pack_serves_its_own_collections(
    data_dir: Path, portrait: bytes, tmp_path: Path
) -> None:
    """A custom pack of 512 dimensions enrols and finds; what another pack made is a conflict."""
    folder = tmp_path / "pack"
    weights: dict[Role, Path] = {
        "detector": STANDIN / "det_500m.onnx",
        "recogniser": STANDIN / "w600k_mbf.onnx",
    }
    licence = adopt(replace(KNOWN["buffalo_sc"], name="stand-in"), folder, weights).licence
    config = configured_copy(tmp_path, folder)
    with embedded_server(data_dir) as url:
        asyncio.run(bind_default(url, ModelBinding("opencv_zoo", "sha256:another", 128)))

    chosen = {"FACEGRAPH_SERVE_CONFIG": str(config), "FACEGRAPH_ACCEPTED_LICENCES": licence}
    with running(data_dir, **chosen) as up:
        refused = send(up.client, f"{DEFAULT}/identify", portrait)
        made = up.client.post("/v1/collections", json={"id": "wide", "name": "512-d"})
        enrolled = enrol(up.client, "/v1/collections/wide", "astronaut", portrait)
        found = send(up.client, "/v1/collections/wide/identify", portrait)
        assert_ends_cleanly(up)

    assert not (data_dir / "postgres/postmaster.pid").exists()
    assert (refused.status_code, refused.json()["code"]) == (409, "model_mismatch")
    assert (made.status_code, enrolled.status_code) == (201, 201)
    assert names(found) == ["astronaut"]
    assert found.json()["model"]["pack"] == "stand-in"


def test_no_service_on_a_licence_that_was_not_accepted(data_dir: Path, tmp_path: Path) -> None:
    """The start ends at the pack, with one line that says how to accept, and nothing is left."""
    weights: dict[Role, Path] = {"detector": tmp_path / "a", "recogniser": tmp_path / "b"}
    (tmp_path / "a").write_bytes(b"a detector")
    (tmp_path / "b").write_bytes(b"a recogniser")
    adopt(replace(KNOWN["buffalo_sc"], name="own"), tmp_path / "pack", weights)
    environment = os.environ | {
        "FACEGRAPH_DATA_DIR": str(data_dir),
        "FACEGRAPH_SERVE_CONFIG": str(configured_copy(tmp_path, tmp_path / "pack")),
        "FACEGRAPH_ACCEPTED_LICENCES": "",
    }
    up = subprocess.run(
        facegraph("up"), env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert up.returncode == 1
    told = up.stderr.splitlines()
    assert "its licence insightface-non-commercial was not accepted here" in told[-1]
    assert [line for line in told if "✓" in line] == []
    assert not (data_dir / "postgres").exists()
    assert leftovers.marked(data_dir.resolve()) == []


def configured_copy(folder: Path, pack: Path) -> Path:
    """Write a copy of the shipped configuration with another pack, and no race for it."""
    path = folder / "serve_config.yaml"
    shipped = (ROOT / "serve_config.yaml").read_text()
    path.write_text(
        shipped.replace("pack: opencv_zoo", f"pack: {pack}").replace(
            "engine: auto", "engine: onnxruntime"
        )
    )
    return path


async def bind_default(url: str, model: ModelBinding) -> None:
    """Let the collection `default` hold somebody's vector of another model."""
    await migrate(url)
    quality = Quality(0.9, 100.0, 0.5, Pose(0.0, 0.0, 0.0), 100.0)
    vector = np.eye(1, model.dimension, dtype=np.float32)[0]
    consent = Consent("t-1", "testing", datetime(2026, 1, 1, tzinfo=UTC))
    someone = NewIdentity("someone", None, {}, consent, (Template(vector, quality),))
    async with open_pool(url, max_size=1) as pool:
        await Gallery(pool, 0.02).enrol("default", someone, model)


def test_serve_run_starts_the_same(data_dir: Path, portrait: bytes, tmp_path: Path) -> None:
    """`serve run` on the same file, in the environment that is printed, serves the same graph."""
    port = free_ports(1)[0]
    put_models(data_dir)
    config = tmp_path / "serve_config.yaml"
    config.write_text(
        (ROOT / "serve_config.yaml").read_text().replace("port: 8000", f"port: {port}")
    )
    with embedded_server(data_dir) as url:
        chosen = {
            "DATABASE_URL": url,
            "FACEGRAPH_DATA_DIR": str(data_dir),
            "FACEGRAPH_ADMIN_PASSWORD": PASSWORD,
            leftovers.MARK: leftovers.mark(data_dir),
        }
        environment = os.environ | chosen
        subprocess.run(facegraph("migrate"), env=environment, check=True)
        serve = f"{SCRIPTS / 'serve'} run {config} --address local"
        command = f'eval "$({shlex.join(facegraph("environment"))})" && exec {serve}'
        with (data_dir / "serve.log").open("wb") as log:
            process = subprocess.Popen(
                ["bash", "-c", command], env=environment, stdout=log, stderr=log, cwd=ROOT
            )
        try:
            ready = f"http://127.0.0.1:{port}/v1/health/ready"
            eventually(lambda: _status(ready) == 200)
            up = Running(f"http://127.0.0.1:{port}", data_dir, process)
            body = send(up.client, "/v1/faces/detect", portrait).json()
            up.client.close()
        finally:
            try:
                process.send_signal(signal.SIGINT)
                process.wait(timeout=60)
            finally:
                leftovers.end(leftovers.marked(data_dir))

    assert len(body["faces"]) == 1


def test_demo_tells_its_story(data_dir: Path) -> None:
    """`facegraph demo` exits 0, says that every decision is right, and leaves its picture."""
    environment = os.environ | {"FACEGRAPH_DATA_DIR": str(data_dir), "FACEGRAPH_BCRYPT_ROUNDS": "4"}
    demo = subprocess.run(
        facegraph("demo"), env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert demo.returncode == 0, demo.stderr
    assert "Every decision is right" in demo.stderr
    assert (data_dir / "demo/identified.jpg").stat().st_size > 10_000
    assert leftovers.marked(data_dir.resolve() / "demo") == []


def test_one_service_a_data_directory(service: Running) -> None:
    """A second service on the same data directory is refused in one line, and harms nothing."""
    environment = os.environ | {"FACEGRAPH_DATA_DIR": str(service.data_dir), "FACEGRAPH_PORT": "0"}
    second = subprocess.run(
        facegraph("up"), env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert second.returncode == 1
    assert "another service runs" in second.stderr
    assert "Traceback" not in second.stderr
    assert service.client.get("/v1/health/ready").status_code == 200


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


def assert_ends_cleanly(up: Running) -> None:
    """SIGTERM ends the service with status 0, and leaves no process behind."""
    assert up.stop() == 0
    assert up.processes() == []


def names(answer: httpx.Response) -> list[str]:
    """Return the external ids that the first face matched."""
    return [match["external_id"] for match in answer.json()["faces"][0]["matches"]]


def tuned_copy(folder: Path, deployment: str, **user_config: int) -> Path:
    """Write a copy of the shipped configuration with other tuning of one deployment."""
    document = yaml.safe_load((ROOT / "serve_config.yaml").read_text())
    for each in document["applications"][0]["deployments"]:
        if each["name"] == deployment:
            each["user_config"] |= user_config
    path = folder / "serve_config.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def _status(url: str) -> int:
    try:
        return httpx.get(url, timeout=5).status_code
    except httpx.TransportError:
        return 0
