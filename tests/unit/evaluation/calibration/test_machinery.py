"""What made the templates is told exactly, and other machinery has another key."""

import platform
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

import pytest

from deployments.messages.embedder import ModelCard
from evaluation.calibration import machinery
from evaluation.calibration.machinery import (
    UNKNOWN,
    cache_key,
    commit,
    machinery_of,
    processor,
    versions,
)
from tests.unit.evaluation.calibration.words import MODEL


class Limits(TypedDict, total=False):
    """What a photo may cost."""

    max_bytes: int
    max_pixels: int
    decode_seconds: float


CARD = ModelCard(MODEL, "MIT", True, (), "cpu", "onnxruntime 1 CPU")
MACHINERY = machinery_of(CARD, "standard")
LIMITS = Limits(max_bytes=1000, max_pixels=100, decode_seconds=5.0)


def key(**changes: object) -> str:
    """Return the key of changed machinery."""
    changed = replace(MACHINERY, **changes)  # type: ignore[arg-type]
    return cache_key(changed, **LIMITS)


def test_a_report_tells_pack_pipeline_engine_and_gate() -> None:
    """Those, versions and a commit."""
    assert (MACHINERY.pack, MACHINERY.pack_digest, MACHINERY.dimension) == (
        "words",
        MODEL.digest,
        4,
    )
    assert (MACHINERY.pipeline, MACHINERY.quality) == (MODEL.pipeline, "standard")
    assert (MACHINERY.device, bool(MACHINERY.processor)) == ("cpu", True)
    assert MACHINERY.engine == "onnxruntime 1 CPU"
    assert {"python", "numpy", "onnxruntime"} <= versions().keys()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pack_digest", "sha256:other"),
        ("pipeline", "2-640-twice"),
        ("engine", "openvino"),
        ("quality", "strict"),
        ("device", "cuda"),
        ("processor", "another"),
        ("versions", {**MACHINERY.versions, "onnxruntime": "another"}),
        ("versions", {**MACHINERY.versions, "opencv-python-headless": "another"}),
    ],
)
def test_what_moves_a_template_or_refuses_it_changes_the_key(field: str, value: object) -> None:
    """A cache is of one pack, pipeline, engine, machine and gate."""
    assert key(**{field: value}) != key()


@pytest.mark.parametrize(
    "changed", [{"max_bytes": 999}, {"max_pixels": 99}, {"decode_seconds": 4.0}]
)
def test_limits_of_a_photo_change_the_key(changed: Limits) -> None:
    """Failures are kept as well, and these decide some of them."""
    assert cache_key(MACHINERY, **(LIMITS | changed)) != key()


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("processor\t: 0\nmodel name\t: A Processor 9000 @ 2.0GHz\n", "A Processor 9000 @ 2.0GHz"),
        ("processor\t: 0\n", platform.machine()),
        (None, platform.machine()),
    ],
)
def test_the_processor_is_told_by_its_name(tmp_path: Path, told: str | None, expected: str) -> None:
    """Or by its kind, where the machine does not say more."""
    if told is not None:
        (tmp_path / "proc").mkdir()
        (tmp_path / "proc/cpuinfo").write_text(told)
    assert processor(tmp_path) == expected


def test_another_commit_believes_the_same_templates() -> None:
    """What moves them raises the pipeline's version; a new docstring does not."""
    assert key(commit="abc") == key()


def test_a_checkout_tells_its_commit(tmp_path: Path) -> None:
    """A file that differs from it adds a plus."""
    git = ["git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    assert commit(tmp_path) == UNKNOWN
    (tmp_path / "code.py").write_text("1")
    subprocess.run([*git, "add", "code.py"], check=True)
    subprocess.run([*git, "commit", "-qm", "one"], check=True)
    told = commit(tmp_path)
    (tmp_path / "code.py").write_text("2")
    assert len(told) >= 7
    assert commit(tmp_path) == f"{told}+"


def test_an_installation_tells_no_commit(tmp_path: Path) -> None:
    """Not even where it lies within somebody else's repository."""
    subprocess.run(["git", "-C", str(tmp_path), "init", "-q"], check=True)
    (tmp_path / "packages").mkdir()
    assert commit(tmp_path / "packages") == UNKNOWN


def test_what_is_not_installed_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a GPU has no package of the name onnxruntime, and still calibrates."""
    monkeypatch.setattr(machinery, "_COMPUTING", ("no-such-package",))
    assert versions()["no-such-package"] == UNKNOWN
