"""The two packs every vision test can be asked to hold for, prepared once a run."""

from dataclasses import replace
from pathlib import Path

import pytest

from deployments.vision.catalogue import DEFAULT, KNOWN
from deployments.vision.packs import Pack, Role
from deployments.vision.pipeline import Pipeline
from deployments.vision.preparation import adopt, load, prepare
from tests.unit.vision.photographs import STANDIN

CUSTOM = "stand_in"


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory that holds the default pack."""
    folder = tmp_path_factory.mktemp("data")
    prepare(DEFAULT, folder)
    return folder


@pytest.fixture(scope="session")
def default_pack(data_dir: Path) -> Pack:
    """Return the pack from OpenCV Zoo."""
    return load(DEFAULT, data_dir)


@pytest.fixture(scope="session")
def custom_pack(data_dir: Path) -> Pack:
    """Return insightface networks as a custom pack: SCRFD and a 512-d recogniser."""
    if not STANDIN.is_dir():
        pytest.skip(f"the stand-in for buffalo_sc is not at {STANDIN}")
    weights: dict[Role, Path] = {
        "detector": STANDIN / "det_500m.onnx",
        "recogniser": STANDIN / "w600k_mbf.onnx",
    }
    folder = data_dir / "models" / CUSTOM
    adopt(replace(KNOWN["buffalo_sc"], name=CUSTOM), folder, weights)
    return load(CUSTOM, data_dir)


@pytest.fixture(scope="session", params=["default_pack", "custom_pack"])
def pack(request: pytest.FixtureRequest) -> Pack:
    """Return each pack in turn."""
    found: Pack = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def pipeline(pack: Pack) -> Pipeline:
    """Return a pipeline of each pack in turn, on one thread."""
    return Pipeline(pack, threads=1, device="cpu", max_pixels=4_000_000)
