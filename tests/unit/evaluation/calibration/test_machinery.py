"""What made the templates is told exactly, and other machinery has another key."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from deployments.messages import ModelCard
from evaluation.calibration import machinery
from evaluation.calibration.machinery import UNKNOWN, cache_key, commit, machinery_of, versions
from tests.unit.evaluation.calibration.words import MODEL

CARD = ModelCard(MODEL, "MIT", True, (), "cpu", "onnxruntime 1 CPU")
MACHINERY = machinery_of(CARD, "1-640-twice", "standard")


def key(**changes: str) -> str:
    """Return the key of changed machinery."""
    changed = replace(MACHINERY, **changes)  # type: ignore[arg-type]
    return cache_key(changed, max_pixels=100, decode_seconds=5.0)


def test_a_report_tells_pack_pipeline_engine_and_gate() -> None:
    """Those, versions and a commit."""
    assert (MACHINERY.pack, MACHINERY.pack_digest, MACHINERY.dimension) == (
        "words",
        MODEL.digest,
        4,
    )
    assert (MACHINERY.pipeline, MACHINERY.quality) == ("1-640-twice", "standard")
    assert MACHINERY.engine == "onnxruntime 1 CPU"
    assert {"python", "numpy", "onnxruntime"} <= versions().keys()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pack_digest", "sha256:other"),
        ("pipeline", "2-640-twice"),
        ("engine", "openvino"),
        ("quality", "strict"),
    ],
)
def test_what_moves_a_template_or_refuses_it_changes_the_key(field: str, value: str) -> None:
    """A cache is of one pack, pipeline, engine and gate."""
    assert key(**{field: value}) != key()


@pytest.mark.parametrize(("max_pixels", "decode_seconds"), [(99, 5.0), (100, 4.0)])
def test_limits_of_decoding_change_the_key(max_pixels: int, decode_seconds: float) -> None:
    """Failures are kept as well, and these decide some of them."""
    changed = cache_key(MACHINERY, max_pixels=max_pixels, decode_seconds=decode_seconds)
    assert changed != key()


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
    monkeypatch.setattr(machinery, "_PACKAGES", ("no-such-package",))
    assert versions()["no-such-package"] == UNKNOWN
