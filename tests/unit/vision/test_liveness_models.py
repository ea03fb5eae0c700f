"""What a liveness model is, and that nothing is loaded which is not what its manifest says."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from deployments.vision.acceptance import accept
from deployments.vision.liveness_models import MANIFEST, LivenessModel, load
from deployments.vision.packs import PackError
from tests.networks import network, write_liveness_model

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "liveness.md"
NETWORK = network("liveness")


def test_none_is_none(tmp_path: Path) -> None:
    """Where no model is asked for none is loaded, and nothing pretends to be one."""
    assert load(None, tmp_path) is None


@pytest.mark.parametrize("by_path", [True, False])
def test_a_model_is_named_by_its_folder(tmp_path: Path, by_path: bool) -> None:
    """A bare name lies in the data directory, as packs do; a path leads anywhere."""
    folder = write_liveness_model(tmp_path / "models" / "door", NETWORK)
    model = load(str(folder) if by_path else "door", tmp_path)

    assert model is not None
    assert (model.name, model.folder, model.path) == (
        "brightness",
        folder,
        folder / "network.onnx",
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"threshold": 1.5}, "threshold"),
        ({"threshold": None}, "threshold Field required"),
        ({"std": [1, 0, 1]}, "std.1"),
        ({"mean": [1, 2]}, "mean"),
        ({"channels": "GRB"}, "channels"),
        ({"sha256": "abc"}, "sha256"),
        ({"softmax": True}, "softmax"),
        ({"commercial_use": True, "licence": "insightface-non-commercial"}, "contradicts"),
        ({"file": "elsewhere.onnx"}, "is missing"),
        ({"sha256": "0" * 64}, "is damaged"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    """A manifest that cannot be followed, or a file it does not describe, ends the start."""
    folder = write_liveness_model(tmp_path / "model", NETWORK, **changes)
    with pytest.raises(PackError, match=re.escape(told)):
        load(str(folder), tmp_path)


@pytest.mark.parametrize("left", ["nothing", "no JSON"])
def test_a_folder_without_a_manifest_is_none(tmp_path: Path, left: str) -> None:
    """The error names the folder or the file."""
    if left == "no JSON":
        (tmp_path / MANIFEST).write_text(left)
    with pytest.raises(PackError, match=re.escape(str(tmp_path))):
        load(str(tmp_path), tmp_path)


def test_a_licence_without_commercial_use_has_to_be_accepted(tmp_path: Path) -> None:
    """As for packs: in one line that says how, by the environment or in the data directory."""
    folder = str(
        write_liveness_model(tmp_path / "m", NETWORK, licence="lab-only", commercial_use=False)
    )
    with pytest.raises(PackError, match="FACEGRAPH_ACCEPTED_LICENCES=lab-only"):
        load(folder, tmp_path)
    elsewhere = load(folder, tmp_path, {"lab-only"})
    accept("lab-only", tmp_path)

    assert load(folder, tmp_path) == elsewhere


def test_the_page_shows_a_manifest_that_is_one() -> None:
    """Its example is read as it stands, and the table below it tells of every field."""
    page = DOCUMENTATION.read_text("utf-8")
    example = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert example is not None
    fields = set(json.loads(example[1]))

    assert LivenessModel.model_validate_json(example[1]).name
    assert fields == set(LivenessModel.model_fields) - {"folder"}
    assert fields <= set(re.findall(r"`(\w+)`", page.partition("| field |")[2]))
