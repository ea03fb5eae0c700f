"""Real models for whoever asks: each pack, a pipeline of it, and what it finds in London."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from config.settings import settings
from deployments.messages.embedder import Analysis
from deployments.vision.catalogue import DEFAULT, KNOWN
from deployments.vision.packs import Pack, Role
from deployments.vision.pipeline import Pipeline
from deployments.vision.preparation import adopt, load, prepare
from evaluation.separation import analyse
from tests.unit.clock import Clock
from tests.unit.vision.photographs import LONDON, STANDIN

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
    pack = adopt(replace(KNOWN["buffalo_sc"], name=CUSTOM), folder, weights)
    # Accepted for the tests alone: the data directory keeps no record, and commands still ask.
    return load(CUSTOM, data_dir, accepted={pack.licence})


@pytest.fixture(scope="session", params=["default_pack", "custom_pack"])
def pack(request: pytest.FixtureRequest) -> Pack:
    """Return each pack in turn."""
    found: Pack = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def pipeline(pack: Pack) -> Pipeline:
    """Return a pipeline of each pack in turn, on one thread."""
    return Pipeline(pack, threads=1, device="cpu", max_pixels=4_000_000)


@pytest.fixture(scope="session")
def london() -> list[Path]:
    """Return the portraits of 102 people, two of each."""
    if not LONDON.is_dir():
        pytest.skip(f"the London photos are not at {LONDON}")
    return sorted(LONDON.glob("*_*.jpg"))


@pytest.fixture(scope="session")
def londoners(pipeline: Pipeline, london: list[Path]) -> list[Analysis]:
    """Return what each pack in turn finds in the portraits; about eight seconds a pack."""
    return analyse(pipeline, london)


@pytest.fixture
def at_home(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let commands find the tests' data directory in the environment, and yield it."""
    monkeypatch.setenv("FACEGRAPH_DATA_DIR", str(data_dir))
    settings.cache_clear()
    yield data_dir
    settings.cache_clear()


@pytest.fixture
def clock() -> Clock:
    """Return a clock that the test moves."""
    return Clock()
