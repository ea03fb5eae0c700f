"""Shares of a GPU in `serve_config.yaml` are what the scheduler gives."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import onnxruntime
import pytest
import yaml

from config.serve_environment import EVERYWHERE
from tests.acceptance.conftest import ROOT
from tests.acceptance.declared_gpu import NOTES
from tests.acceptance.models import put_models


@pytest.fixture(scope="module")
def placed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Ask one GPU for three halves, on a machine that declares it; return what was seen."""
    folder, notes = tmp_path_factory.mktemp("placement"), tmp_path_factory.mktemp("notes")
    configuration = halved(folder / "serve_config.yaml")
    put_models(folder)
    environment = {
        "FACEGRAPH_DATA_DIR": str(folder),
        "PYTHONPATH": str(ROOT),
        "RAY_OVERRIDE_RESOURCES": json.dumps({"GPU": 1}),
        NOTES: str(notes),
    }
    program = [sys.executable, "-m", "tests.acceptance.declared_gpu", str(configuration)]
    told = subprocess.run(
        program,
        env=os.environ | EVERYWHERE | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    seen: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return seen | {"notes": [json.loads(note.read_text()) for note in notes.glob("*.json")]}


def halved(path: Path) -> Path:
    """Write the shipped configuration with half a GPU for each of three Embedders."""
    document = yaml.safe_load((ROOT / "serve_config.yaml").read_text())
    document["proxy_location"] = "Disabled"
    application = document["applications"][0]
    application["import_path"] = "tests.acceptance.declared_gpu:build"
    application["args"] |= {"device": "cpu", "engine": "onnxruntime"}
    (embedder,) = (each for each in application["deployments"] if each["name"] == "Embedder")
    embedder["autoscaling_config"] |= {"min_replicas": 3, "max_replicas": 3}
    # So little of the CPUs that only the GPU can be short.
    embedder["ray_actor_options"] = {"num_cpus": 0.1, "num_gpus": 0.5}
    path.write_text(yaml.safe_dump(document))
    return path


def test_two_halves_share_a_gpu_and_a_third_waits(placed: dict[str, Any]) -> None:
    """Both replicas were granted half of the one GPU, and see it; nothing is left for another."""
    embedders = [note for note in placed["notes"] if note["node"] == "Embedder"]
    granted = [(note["share"], note["granted"], note["visible"]) for note in embedders]
    assert granted == [(0.5, True, "0")] * 2
    assert (placed["states"], placed["left"]) == ({"RUNNING": 2, "STARTING": 1}, 0)


@pytest.mark.parametrize("node", ["Ingress", "Matcher", "Limiter", "Telemetry"])
def test_who_asks_for_no_gpu_sees_none(placed: dict[str, Any], node: str) -> None:
    """A node without `num_gpus` cannot take memory on a GPU of its machine by mistake."""
    notes = [note for note in placed["notes"] if note["node"] == node]
    assert notes == [{"node": node, "share": 0, "granted": False, "visible": ""}]


def test_a_gpu_that_was_granted_and_cannot_be_used_is_told(placed: dict[str, Any]) -> None:
    """`device: auto` with a share of a GPU never falls back to the CPU in silence."""
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("ONNX Runtime here has CUDA")
    told = {note["refusal"] for note in placed["notes"] if note["node"] == "Embedder"}
    assert [line.partition(" ")[0] for each in told for line in each.splitlines()] == ["num_gpus"]
