"""What `make bench-gpu` concludes from answers and memory, and how it ends without a GPU."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import typer
from typer.testing import CliRunner

from benchmarks.gpu import judged, main
from benchmarks.measures.gpu_memory import watched
from benchmarks.measures.gpu_refusals import outcome
from benchmarks.measures.gpu_speed import Lap, summary
from benchmarks.measures.likeness import compared
from deployments.messages.embedder import Analysis, Face, Model, Pose, Quality
from deployments.vision.packs import Pack

POINT = (0.0, 0.0)
FACE = Face(
    bbox=(0, 0, 10, 10),
    landmarks=(POINT, POINT, POINT, POINT, POINT),
    score=1.0,
    quality=Quality(1.0, 1.0, 1.0, Pose(0, 0, 0), 10.0),
    vector=np.array([1, 0], np.float32),
)
MODEL = Model("pack", "sha256:0", 2, 0.3, 0.4)


def photo(*faces: Face) -> Analysis:
    """Return what was found in a photo."""
    return Analysis(100, 100, faces, MODEL)


def test_answers_are_compared_face_by_face() -> None:
    """The lowest cosine and the largest distance of a side count, whatever the faces' order."""
    other = replace(FACE, bbox=(50, 0, 60, 10))
    moved = replace(other, bbox=(50, 0, 60, 12.5), vector=np.array([0.6, 0.8], np.float32))
    assert compared([photo(FACE, other)], [photo(moved, FACE)]) == {
        "faces": 2,
        "photos with other faces": 0,
        "lowest cosine to CPU": pytest.approx(0.6),
        "boxes differ by, px": 2.5,
    }


def test_a_photo_with_other_faces_is_told_and_not_paired() -> None:
    """Pairing by order would compare people who are not the same."""
    found = compared([photo(FACE), photo(FACE, FACE)], [photo(FACE), photo(FACE)])
    assert found["photos with other faces"] == 1
    assert found["lowest cosine to CPU"] == 1


@pytest.mark.parametrize(("leak", "grown"), [(0.0, 0.0), (1.0, 270.0)])
def test_memory_is_held_against_its_beginning(leak: float, grown: float) -> None:
    """What grows by a megabyte a batch has grown between the first tenth and the last."""
    memory = 1000.0

    def run(_: int) -> None:
        nonlocal memory
        memory += leak

    told = watched(run, lambda: memory, 300)
    assert told["batches"] == 300
    assert told["grown"] == grown


def test_a_batch_gives_a_rate_and_stages_of_a_photo() -> None:
    """Stages are milliseconds, the mean of the batch's photos; of the laps the median counts."""
    fast, slow = (replace(photo(), stages={"detect": seconds}) for seconds in (0.001, 0.003))
    laps = [Lap(0.02, (fast, slow)), Lap(0.04, (slow, slow)), Lap(0.01, (fast, fast))]
    assert summary(laps) == {
        "photos a second": pytest.approx(100),
        "decode": 0,
        "detect": pytest.approx(2),
        "align": 0,
        "embed": 0,
    }


ALIKE = {"photos with other faces": 0, "lowest cosine to CPU": 0.9999, "boxes differ by, px": 0.1}


@pytest.mark.parametrize(
    ("changed", "missed"),
    [
        ({}, []),
        ({"start": {"canary": "It sings no more."}}, ["canaries failed"]),
        ({"lowest cosine to CPU": 0.99}, ["lowest cosine to the CPU's vector"]),
        ({"boxes differ by, px": 1.5}, ["boxes differ by, px"]),
        ({"photos with other faces": 1}, ["photos with other faces than the CPU's"]),
        ({"memory": {"grown": 100.0}}, ["memory grown, MiB"]),
        ({"bounds": {"256": ALIKE | {"held": 513.0}}}, ["MiB held, 256 MiB a network"]),
        (
            {"bounds": {"256": ALIKE | {"held": 9.0, "lowest cosine to CPU": 0.5}}},
            ["lowest cosine to the CPU's vector, 256 MiB a network"],
        ),
    ],
)
def test_a_gpu_must_not_change_the_answers(changed: dict[str, Any], missed: list[str]) -> None:
    """Same faces, same vectors, same boxes, and memory that stays and keeps within its bound."""
    good = ALIKE | {
        "start": {"canary": "passed"},
        "bounds": {"256": ALIKE | {"held": 512.0}},
        "memory": {"grown": 0.0},
    }
    told = judged("pack", good | changed)
    assert [finding.what for finding in told if not finding.met] == missed


def test_what_was_told_is_kept_as_it_was_told(default_pack: Pack) -> None:
    """The reason where no pipeline could be had, and what it runs on where one could."""
    assert outcome(default_pack, "cuda", granted=False).startswith("DeviceUnavailable: device cuda")
    assert "CPU" in outcome(default_pack, "auto", granted=False)


@pytest.fixture
def command() -> typer.Typer:
    """Return the verb, where there is no GPU."""
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("ONNX Runtime here has CUDA")
    app = typer.Typer()
    app.command()(main)
    return app


def test_without_a_gpu_one_line_and_status_2(command: typer.Typer, tmp_path: Path) -> None:
    """It says what is missing and what to do, and leaves no figures."""
    result = CliRunner().invoke(command, ["--result", str(tmp_path / "gpu.json")])
    assert result.exit_code == 2
    assert result.output.count("\n") == 1
    assert "CUDAExecutionProvider" in result.output
    assert not list(tmp_path.iterdir())
