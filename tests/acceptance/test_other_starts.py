"""Other ways to a service: a pack of one's own, Ray's own command, the demo."""

import asyncio
import os
import shlex
import signal
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import numpy as np
import pytest

from cli import leftovers
from config.serve_environment import free_ports
from config.session_folder import session_folder_path
from db.embedded import embedded_server
from db.gallery import Gallery
from db.migrate import migrate
from db.pool import open_pool
from deployments.messages.embedder import Pose, Quality
from deployments.messages.gallery import Consent, ModelBinding, NewIdentity, Template
from deployments.vision.catalogue import KNOWN
from deployments.vision.packs import Role
from deployments.vision.preparation import adopt
from tests.acceptance.conftest import (
    DEFAULT,
    PASSWORD,
    ROOT,
    SCRIPTS,
    Running,
    assert_ends_cleanly,
    enrol,
    eventually,
    facegraph,
    names,
    put_models,
    running,
    send,
)
from tests.leaks import Secrets, files_in
from tests.unit.vision.photographs import STANDIN


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
            "RAY_TMPDIR": str(data_dir),
            leftovers.MARK: leftovers.mark(data_dir),
        }
        environment = os.environ | chosen
        subprocess.run(facegraph("migrate"), env=environment, check=True)
        serve = f"{SCRIPTS / 'serve'} run {config} --address local"
        command = f'eval "$({shlex.join(facegraph("environment"))})" && exec {serve}'
        # What a shell starts with & ignores SIGINT, and so do its children unless told otherwise.
        shell = ["env", "--default-signal=INT", "bash", "-c", command]
        with (data_dir / "serve.log").open("wb") as log:
            process = subprocess.Popen(shell, env=environment, stdout=log, stderr=log, cwd=ROOT)
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

    logs = files_in(data_dir / "ray", data_dir / "serve.log")
    assert len(body["faces"]) == 1
    assert [path for path in logs if path.match("worker-*.err")]
    assert up.secrets.said_in(logs) == []


def test_demo_tells_its_story(data_dir: Path) -> None:
    """`facegraph demo` exits 0, says that every decision is right, and leaves its picture.

    Its logs say no secret of it.
    """
    environment = os.environ | {"FACEGRAPH_DATA_DIR": str(data_dir), "FACEGRAPH_BCRYPT_ROUNDS": "4"}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        facegraph("demo"), env=environment, cwd=ROOT, stdout=pipe, stderr=pipe, text=True
    ) as demo:
        _, told = demo.communicate()
    (session,) = session_folder_path().glob(f"ray/session_*_{demo.pid}")
    files = {name: (data_dir / "demo" / name) for name in ("jwt_secret", "admin_password")}
    secrets = Secrets(**{name: file.read_text().strip() for name, file in files.items()})

    assert demo.returncode == 0, told
    assert "Every decision is right" in told
    assert (data_dir / "demo/identified.jpg").stat().st_size > 10_000
    assert leftovers.marked(data_dir.resolve() / "demo") == []
    assert secrets.said_in(files_in(session)) == []


def _status(url: str) -> int:
    try:
        return httpx.get(url, timeout=5).status_code
    except httpx.TransportError:
        return 0
